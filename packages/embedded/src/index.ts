export type { StoredProfile } from './embedded-store.ts';
export {
  type Embedded,
  type EmbeddedOptions,
  type EmbeddedReader,
  openEmbedded,
  openEmbeddedReader,
  removeEmbedded,
} from './open-embedded.ts';
