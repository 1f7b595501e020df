import type { ConfigOf } from './load-config.ts';
import { optionalText, ownAddress, wholeNumber } from './settings.ts';

/** Where the door listens, and whose events it takes. */
export const doorSettings = {
  host: ownAddress('TIDEMARK_DOOR_HOST'),
  port: wholeNumber('TIDEMARK_DOOR_PORT', { fallback: 8_082, min: 0, max: 65_535 }),
  /** The path of a file, which is read again when it changes; null where nobody has named one. */
  sourcesFile: optionalText('TIDEMARK_DOOR_SOURCES'),
} as const;

export type DoorConfig = ConfigOf<typeof doorSettings>;
