import type { DeadLetterRecord, SchemaIds } from '@tidemark/contracts';
import { type EncodedEvent, EventError } from '@tidemark/producer';
import { encodeReadEvent } from '@tidemark/producer/encode-event';
import { readLaneState } from '@tidemark/reading';
import { defaultSources, mapAgain, type NotMappable, readSources, SourcesError } from '@tidemark/service-door';
import type { ProfileReader } from '@tidemark/stream';
import type { OpenedPipeline } from '../location/opened-pipeline.ts';
import { Failure } from '../terminal/failure.ts';

const AS_BEFORE = 'of the door that come to nothing again';
export type NotMapped = NotMappable | typeof AS_BEFORE;

/** The records that the event of a letter of the door becomes now, or why there are none. */
export type LetterMapper = (letter: DeadLetterRecord) => Promise<readonly EncodedEvent[] | NotMapped>;

/** By the sources of a file, and that of every data folder; under the policy in force. Throws a `Failure`. */
export function createLetterMapper(
  { log, store, schemaIds }: Pick<OpenedPipeline, 'log' | 'store' | 'schemaIds'>,
  sourcesFile: string | undefined,
): LetterMapper {
  const ofFolder = defaultSources('');
  const ofFile = sourcesFile === undefined ? null : readFile(sourcesFile);
  const book = { ofName: (name: string) => ofFile?.ofName(name) ?? ofFolder.ofName(name) };
  // Asked only where there is a letter of the door.
  let asked: Promise<readonly [string, SchemaIds]> | null = null;
  return async (letter) => {
    asked ??= Promise.all([currencyInForce(log.lanes, store), schemaIds()]);
    const [currency, ids] = await asked;
    const outcome = mapAgain(letter, book, currency);
    if (typeof outcome === 'string') return outcome;
    if (outcome.verdict !== 'accepted') return AS_BEFORE;
    try {
      return outcome.records.map(({ topic, event }) => encodeReadEvent(topic, event, ids));
    } catch (error) {
      if (error instanceof EventError) return AS_BEFORE;
      throw error;
    }
  };
}

function readFile(path: string) {
  try {
    return readSources(path);
  } catch (error) {
    if (!(error instanceof SourcesError)) throw error;
    throw new Failure(`${path}: ${error.message}`);
  }
}

async function currencyInForce(lanes: number, store: Pick<ProfileReader, 'metas'>): Promise<string> {
  for (let lane = 0; lane < lanes; lane++) {
    for (const { rules } of readLaneState(lane, await store.metas(lane)).services.values()) {
      if (rules !== null) return rules.policy.currency.base;
    }
  }
  throw new Failure(
    'expected a policy in force, whose currency orders without one have, found none. Run `npx tidemark policy apply` first.',
  );
}
