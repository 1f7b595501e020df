export {
  type Embedded,
  type EmbeddedOptions,
  type EmbeddedReader,
  isEmbeddedHeld,
  openEmbedded,
  openEmbeddedReader,
  readEmbedded,
  removeEmbedded,
} from './open-embedded.ts';
export { EMBEDDED_LANES_MAX } from './partitions.ts';
