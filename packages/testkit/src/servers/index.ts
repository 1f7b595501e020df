export { describeWithServers } from './describe-with-servers.ts';
