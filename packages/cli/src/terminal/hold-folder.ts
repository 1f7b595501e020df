import { topics } from '@tidemark/contracts';
import { type Embedded, openEmbedded, readEmbedded } from '@tidemark/embedded';
import type { Clock } from '@tidemark/stream';

/** Works on an existing data folder that no other process uses meanwhile. Throws `data-folder-held` if one does. */
export async function holdFolder<Result>(
  folder: string,
  clock: Clock,
  use: (embedded: Embedded) => Promise<Result>,
): Promise<Result> {
  // Opening for writing would make a folder that is not there.
  const lanes = await readEmbedded(folder, async ({ log }) => log.lanes);
  const embedded = openEmbedded({ folder, lanes, topics: topics.map(({ name }) => name), clock });
  try {
    return await use(embedded);
  } finally {
    embedded.close();
  }
}
