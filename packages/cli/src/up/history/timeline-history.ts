import { resolve } from 'node:path';
import { ContractError } from '@tidemark/contracts';
import type { Policy, TimeMs } from '@tidemark/domain';
import { readPolicy as readWrittenPolicy } from '@tidemark/policy/formats';
import { type LeftOutEvent, TimelineEvents } from '@tidemark/replay';
import type { EventLog } from '@tidemark/stream';
import { lookIntoFolder } from '../../location/open-folder.ts';
import type { Environment } from '../../terminal/environment.ts';
import { EXIT } from '../../terminal/exit-codes.ts';
import { Failure } from '../../terminal/failure.ts';
import { formatCount, formatDay } from '../../terminal/format.ts';
import { readPolicy } from '../../terminal/read-policy.ts';
import type { Destination, History } from './history.ts';
import type { HistoryOptions } from './history-options.ts';
import { openLeftOutFile } from './left-out-file.ts';

/** The pipeline whose timeline is replayed. */
interface Origin {
  readonly log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>;
  readonly location: string;
  close(): Promise<void>;
}

const LEFT_OUT_SHOWN_MAX = 5;

/**
 * The accepted events of another pipeline's timeline, under its newest policy unless one is given: the way out where its
 * lanes are ahead of the wall clock. That pipeline stays as it is.
 */
export async function readTimelineHistory(
  options: HistoryOptions,
  destination: Destination,
  environment: Environment,
): Promise<History> {
  checkIsElsewhere(options, destination);
  const given = options.policy === undefined ? null : await readPolicy(options.policy, environment);
  // A folder that is not there is said before anything is made.
  if (options.fromData !== undefined) await lookIntoFolder(options.fromData).close();
  const leftOutFile = openLeftOutFile(options.leftOut);
  return {
    async open(end) {
      const origin = await openOrigin(options, destination, environment);
      const leftOut = new LeftOutEvents();
      const onLeftOut = (event: LeftOutEvent) => {
        leftOut.add(event);
        leftOutFile.add({ ...event, occurredAt: new Date(event.occurredAt).toISOString() });
      };
      try {
        const { log, location } = origin;
        const source = await TimelineEvents.open({ name: location, log, end, onLeftOut });
        for (const line of [...describeCut(source), ...leftOut.describe(end, options.leftOut)]) {
          await environment.stderr.line(line);
        }
        return {
          policy: given ?? policyOf(source),
          source,
          describe: (to) => describeTimeline(source, to),
          close: () => source.close(),
        };
      } finally {
        leftOutFile.close();
        await origin.close();
      }
    },
  };
}

function checkIsElsewhere({ fromData, fromNamespace }: HistoryOptions, { data, servers }: Destination): void {
  if (fromData !== undefined && data !== null && resolve(fromData) === resolve(data)) {
    throw new Failure(
      `expected another folder to write to than ${fromData}, found the same. Give --data DIR`,
      EXIT.usage,
    );
  }
  if (fromNamespace === undefined) return;
  if (servers === null) {
    throw new Failure('expected servers to write to with --from-namespace, found a data folder', EXIT.usage);
  }
  if (servers.namespace === fromNamespace) {
    throw new Failure(
      `expected another namespace to write to than ${fromNamespace}, found the same. Set TIDEMARK_NAMESPACE to a new one`,
      EXIT.usage,
    );
  }
}

async function openOrigin(
  { fromData, fromNamespace }: HistoryOptions,
  { servers }: Destination,
  environment: Environment,
): Promise<Origin> {
  if (fromData !== undefined) return lookIntoFolder(fromData);
  if (fromNamespace === undefined || servers === null) throw new Error('expected a pipeline to replay from');
  // Whoever works on folders does not load the clients of Kafka and Redis.
  const { openLog } = await import('../../location/open-servers.ts');
  return openLog({ ...servers, namespace: fromNamespace }, environment);
}

function policyOf({ name, policy }: TimelineEvents): Policy {
  if (policy === null)
    throw new Failure(`expected a policy on the timeline of ${name}, found none. Give --policy FILE`);
  try {
    return readWrittenPolicy(policy.format, policy.document);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    throw new Failure(`the policy of the timeline of ${name}: ${error.message}, or give --policy FILE`);
  }
}

function describeTimeline({ name, size, firstDay, lastDay }: TimelineEvents, to: string): string {
  return (
    `Replaying the timeline of ${name} into ${to}: ${formatCount(size)} accepted events, ${formatDay(firstDay)} to ` +
    `${formatDay(lastDay)}, each at its own time.`
  );
}

function describeCut({ name, lanesCut }: TimelineEvents): string[] {
  if (lanesCut.length === 0) return [];
  return [
    `The timeline of ${name} has let its oldest records go (retention) in lanes ${lanesCut.join(', ')}: what they were is not replayed.`,
  ];
}

/** Counts events that are left out, and keeps the first few. */
class LeftOutEvents {
  #total = 0;
  readonly #examples: LeftOutEvent[] = [];

  add(event: LeftOutEvent): void {
    this.#total += 1;
    if (this.#examples.length < LEFT_OUT_SHOWN_MAX) this.#examples.push(event);
  }

  describe(end: TimeMs, leftOutFile: string | undefined): string[] {
    if (this.#total === 0) return [];
    const count = this.#total === 1 ? '1 event' : `${formatCount(this.#total)} events`;
    const lines = this.#examples.map(({ lane, offset, occurredAt }) => {
      return `  timeline of lane ${lane}, offset ${offset}: ${new Date(occurredAt).toISOString()}`;
    });
    const more = this.#total - this.#examples.length;
    if (more > 0) lines.push(`  and ${formatCount(more)} more`);
    if (more > 0 && leftOutFile === undefined) lines.push('  --left-out FILE writes all of them to a file.');
    return [
      `${count} left out, since they lie after ${new Date(end).toISOString()}, where this replay ends:`,
      ...lines,
    ];
  }
}
