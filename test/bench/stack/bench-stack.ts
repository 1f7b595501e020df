import { constants } from 'node:os';
import { startStack } from '@tidemark/stack';
import { killAll } from '../../stack/service-process.ts';
import type { Figure } from '../measure.ts';
import { benchBehaviour } from './behaviour.ts';
import type { BenchContext } from './bench-context.ts';
import { benchDoor } from './door.ts';
import { benchLatency } from './latency.ts';
import { benchPeer } from './peer.ts';
import { benchRebuild } from './rebuild.ts';
import { benchTakeover } from './takeover.ts';
import { benchTimers } from './timers.ts';
import { benchWholePipeline } from './whole-pipeline.ts';

/** The figures of the services as processes on Kafka and Redis, in the order in which they run. */
const FIGURES = {
  behaviour: benchBehaviour,
  rebuild: benchRebuild,
  pipeline: benchWholePipeline,
  latency: benchLatency,
  takeover: benchTakeover,
  timers: benchTimers,
  door: benchDoor,
  peer: benchPeer,
} as const satisfies Readonly<Record<string, (context: BenchContext) => Promise<Figure[]>>>;

export type StackFigure = keyof typeof FIGURES;
export const STACK_FIGURES = Object.keys(FIGURES) as readonly StackFigure[];
/** Measured where nothing is asked for: all but the one that needs Maven. */
export const STACK_FIGURES_USUAL = STACK_FIGURES.filter((name) => name !== 'peer');

/** Starts real servers, measures the figures asked for, and stops everything. Tells on stderr how it goes. */
export async function benchStack(names: readonly StackFigure[], runs: number): Promise<Figure[]> {
  const say = (line: string): void => console.error(`bench: ${line}`);
  const stack = await startStack({
    servers: ['kafka', 'redis', 'registry'],
    variables: process.env,
    log: say,
  });
  const stop = async (): Promise<void> => {
    await killAll();
    await stack.stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().finally(() => exit(signal)));
  try {
    const figures: Figure[] = [];
    for (const name of names) figures.push(...(await FIGURES[name]({ stack, runs, say })));
    return figures;
  } finally {
    await stop();
  }
}

function exit(signal: 'SIGINT' | 'SIGTERM'): never {
  process.exit(128 + constants.signals[signal]);
}
