import type { ReplayProgress } from '@tidemark/replay';
import type { Clock } from '@tidemark/stream';
import { Presets, SingleBar } from 'cli-progress';
import { formatCount, formatDay } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';

export interface ProgressBar {
  update(progress: ReplayProgress): void;
  end(): void;
}

const FORMAT = '{bar} {percentage}% | {events} of {eventsTotal} events | {rate} events/s | {day}';

/** Shows how far the replay is, on a terminal; anywhere else it shows nothing. */
export function startProgressBar(output: Output | null, clock: Clock): ProgressBar {
  if (output === null || !output.isTerminal) return { update: () => undefined, end: () => undefined };
  const options = { format: FORMAT, stream: output.stream, hideCursor: true, clearOnComplete: true, barsize: 24 };
  const bar = new SingleBar(options, Presets.shades_classic);
  let first: { readonly events: number; readonly at: number } | null = null;
  return {
    update({ events, eventsTotal, day }) {
      const isFirst = first === null;
      first ??= { events, at: clock.now() };
      const seconds = (clock.now() - first.at) / 1_000;
      const shown = {
        events: formatCount(events),
        eventsTotal: formatCount(eventsTotal),
        rate: seconds === 0 ? '-' : formatCount((events - first.events) / seconds),
        day: formatDay(day),
      };
      if (isFirst) bar.start(eventsTotal, events, shown);
      else bar.update(events, shown);
    },
    end: () => bar.stop(),
  };
}
