export { describeWithServers } from './describe-with-servers.ts';
export { javaOrSkip } from './java-or-skip.ts';
