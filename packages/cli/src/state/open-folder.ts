import { type EmbeddedReader, openEmbeddedReader } from '@tidemark/embedded';

/** Looks into a data folder, beside a process that may be writing it, and leaves it as it is. */
export async function readFolder<Result>(
  folder: string,
  use: (reader: EmbeddedReader) => Promise<Result>,
): Promise<Result> {
  const reader = openEmbeddedReader(folder);
  try {
    return await use(reader);
  } finally {
    reader.close();
  }
}
