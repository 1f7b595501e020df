export { describeWithServers, describeWithSharedServers } from './describe-with-servers.ts';
export { javaOrSkip } from './java-or-skip.ts';
