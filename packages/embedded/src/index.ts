export type { StoredProfile } from './embedded-store.ts';
export {
  type Embedded,
  type EmbeddedOptions,
  type EmbeddedReader,
  openEmbedded,
  openEmbeddedReader,
  readEmbedded,
  removeEmbedded,
} from './open-embedded.ts';
