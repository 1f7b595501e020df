import { type Policy, startOfDay, type TimeMs } from '@tidemark/domain';
import { defaultPolicy } from '@tidemark/policy';
import { type LoadedOrders, loadOrders, type OrdersSource } from '@tidemark/replay';
import type { Environment } from '../../terminal/environment.ts';
import { Failure } from '../../terminal/failure.ts';
import { formatDay } from '../../terminal/format.ts';
import { readPolicy } from '../../terminal/read-policy.ts';
import { describeDataset, describeLeftOut } from './describe-dataset.ts';
import type { History } from './history.ts';
import type { HistoryOptions } from './history-options.ts';
import { openLeftOutFile } from './left-out-file.ts';

/** Orders of a file, or the bundled ones, and what is simulated around them. */
export async function readOrdersHistory(options: HistoryOptions, environment: Environment): Promise<History> {
  const { stderr, clock } = environment;
  const policy = options.policy === undefined ? defaultPolicy() : await readPolicy(options.policy, environment);
  const leftOutFile = openLeftOutFile(options.leftOut);
  const loaded = await loadOrders({ source: sourceOf(options, policy), onLeftOut: leftOutFile.add });
  checkTimes(loaded, options, clock.now());
  return {
    async open(end) {
      const source = loaded.dataset({ simulated: options.simulated, end });
      leftOutFile.close();
      const file = options.orders ?? '';
      for (const line of describeLeftOut(file, loaded.leftOut, options.leftOut)) await stderr.line(line);
      return {
        policy,
        source,
        describe: (location) => describeDataset(source, location, { ...options, end }),
        close: () => undefined,
      };
    },
  };
}

function sourceOf({ orders, sample, encoding, credits }: HistoryOptions, policy: Policy): OrdersSource {
  if (orders === undefined) return { kind: sample ? 'cdnow-sample' : 'cdnow' };
  return { kind: 'csv', path: orders, policy, credits, ...(encoding === undefined ? {} : { encoding }) };
}

/** What would be refused by the replay itself, but only after --fresh has removed what was there. */
function checkTimes({ name, firstAt }: LoadedOrders, { until }: HistoryOptions, now: TimeMs): void {
  if (firstAt >= now) {
    throw new Failure(
      `expected orders of the past in ${name}, found that the first is of ${new Date(firstAt).toISOString()}, and now is ` +
        `${new Date(now).toISOString()}. Mend the times, or this machine's clock.`,
    );
  }
  if (until !== undefined && until < startOfDay(firstAt)) {
    throw new Failure(
      `expected an --until on or after ${formatDay(firstAt)}, the day of the first event, found ${formatDay(until)}. ` +
        'Give a later day.',
    );
  }
}
