import { embeddedSchemaIds, topics } from '@tidemark/contracts';
import { isEmbeddedHeld, openEmbedded, openEmbeddedReader } from '@tidemark/embedded';
import type { Environment } from '../terminal/environment.ts';
import { readPipelineSettings } from '../up/pipeline-settings.ts';
import type { ChangedPipeline, OpenedPipeline } from './opened-pipeline.ts';

/** Opens a data folder to look at it, beside a process that may be writing it. */
export function lookIntoFolder(folder: string): OpenedPipeline & { readonly topics: readonly string[] } {
  const { log, store, topics: found, committed, close } = openEmbeddedReader(folder);
  return {
    log,
    store,
    topics: found,
    location: folder,
    committed,
    // One process has them all.
    members: async () => (isEmbeddedHeld(folder) ? 1 : 0),
    schemaIds: async () => embeddedSchemaIds,
    close: async () => close(),
  };
}

/** Opens an existing data folder for this process alone. Throws `data-folder-held` if another one has it. */
export async function holdFolder(folder: string, { clock, variables }: Environment): Promise<ChangedPipeline> {
  const { fold } = readPipelineSettings(variables);
  // Opening for writing would make a folder that is not there.
  const reader = lookIntoFolder(folder);
  try {
    const { lanes } = reader.log;
    const held = openEmbedded({ folder, lanes, topics: topics.map(({ name }) => name), clock });
    return {
      ...reader,
      log: held.log,
      store: held.store,
      fold,
      commitOutside: null,
      members: async () => 0,
      async close() {
        held.close();
        await reader.close();
      },
    };
  } catch (error) {
    await reader.close();
    throw error;
  }
}
