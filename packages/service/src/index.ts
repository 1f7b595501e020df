export { createAnnouncer } from './announcer.ts';
export { catchUpOptionsOf, foldOptionsOf, unifyOptionsOf } from './lane-options.ts';
export { LiveWatch } from './live-watch.ts';
export { runFoldService } from './run-fold-service.ts';
export { runService } from './run-service.ts';
export type { ServiceSettings } from './settings.ts';
export { readServiceSettings } from './settings.ts';
export { StartRefused } from './start-refused.ts';
export { type Waiting, WaitStopped } from './until-there.ts';
