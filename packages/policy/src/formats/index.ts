export { FORMAT_NEWEST, lift, lowestFormat } from './formats.ts';
export { readPolicy, tryReadPolicy } from './read-policy.ts';
export { formatUtcOffset, parseUtcOffset } from './utc-offset.ts';
