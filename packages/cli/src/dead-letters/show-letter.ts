import { isRawTopic } from '@tidemark/contracts';
import { runbook } from '@tidemark/telemetry';
import { type OpenedPipeline, readPipeline } from '../location/opened-pipeline.ts';
import { rawDecoderFor, recordLine } from '../tail/decode-record.ts';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { formatTable } from '../terminal/format.ts';
import type { ShowOptions } from './command.ts';
import { type Letter, type LetterName, originOf, readLetter } from './letter.ts';

/** The record refused, as far as it can be read. */
interface Original {
  readonly type: string | null;
  readonly key: unknown;
  readonly value: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** Prints one letter. */
export async function showLetter(name: LetterName, options: ShowOptions, environment: Environment): Promise<number> {
  const { stdout } = environment;
  const { letter, original } = await readPipeline(options, environment, async (pipeline) => {
    const found = await readLetter(pipeline.log, name);
    return { letter: found, original: await decodeOriginal(found, pipeline) };
  });
  const about = describeLetter(letter);
  if (options.json) {
    await stdout.line(JSON.stringify({ ...about, original }));
    return EXIT.ok;
  }
  for (const line of formatTable(Object.entries(about), 'left')) await stdout.line(line);
  await stdout.line();
  for (const line of JSON.stringify(original, null, 2).split('\n')) await stdout.line(line);
  return EXIT.ok;
}

function describeLetter({ name, appendedAtMs, content }: Letter) {
  const { at, service, reason, detail } = content;
  return {
    letter: name,
    time: new Date(at).toISOString(),
    appendedAt: new Date(appendedAtMs).toISOString(),
    service,
    reason,
    detail,
    origin: originOf(content),
    runbook: runbook.deadLetter(reason),
  };
}

/** What a fold refused is kept as it was on the timeline; what unify refused as its producer sent it. */
async function decodeOriginal({ content, lane }: Letter, pipeline: OpenedPipeline): Promise<Original> {
  const { topic, offset, key, value, headers, service } = content;
  // What came to the door is text, and was no record yet.
  if (service === 'door') return { type: null, key: asText(key), value: asText(value), headers };
  const form = service === 'unify' && isRawTopic(topic) ? topic : 'timeline';
  const record = { offset, appendedAtMs: 0, key, value, headers };
  const line = await recordLine(form, lane, record, await rawDecoderFor(form, pipeline));
  const decoded = JSON.parse(line) as Original;
  // What waited in vain is told by its place alone: nothing was there to decode.
  if (service !== 'unify' && value === null) return { type: null, key: decoded.key, value, headers };
  return { type: decoded.type, key: decoded.key, value: decoded.value, headers: decoded.headers };
}

function asText(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('utf8');
}
