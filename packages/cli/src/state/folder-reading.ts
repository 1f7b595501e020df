import type { EmbeddedReader } from '@tidemark/embedded';

/** What can be read of a data folder, whether this process writes it or only looks. */
export type FolderReading = Pick<EmbeddedReader, 'log' | 'store'>;
