// `npm run bench [-- --stack [--only NAME]] [--json] [--runs N]`: every figure is a median, beside a floor measured in the
// same run. Machines are noisy: compare the ratio to the floor, and run it on a quiet one.

import { availableParallelism } from 'node:os';
import { oneOf, readArguments, wholeNumber } from '../arguments.ts';
import { type Bound, type Figure, reaches } from './measure.ts';
import { benchPipeline } from './pipeline.ts';
import { benchPureFolds } from './pure-folds.ts';
import { benchQuery } from './query.ts';
import { benchRebuild } from './rebuild.ts';
import { benchStack, STACK_FIGURES, STACK_FIGURES_USUAL } from './stack/bench-stack.ts';

const USAGE = `npm run bench -- [--runs N] [--json]
npm run bench -- --stack [--only NAME]... [--runs N] [--json]
npm run bench -- --peer kafka-streams [--runs N] [--json]
  --stack    services as processes on Kafka, Redis and a registry, instead of a data folder
  --only     only this of ${STACK_FIGURES.join(', ')}
  --peer     the like job on another engine beside ours, built with Maven: kafka-streams
  --runs     the median of so many (3; with --stack, where a run takes minutes, 1)
  --json     one line of JSON instead of a table`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const options = { json: flag, only: { type: 'string', multiple: true }, peer: text, runs: text, stack: flag } as const;
const { json, stack, only, runs } = readArguments(USAGE, options, (values) => {
  if (values.only !== undefined && !values.stack) throw new Error('--only: expected --stack beside it');
  if (values.peer !== undefined) oneOf('peer', values.peer, ['kafka-streams']);
  const stack = values.stack || values.peer !== undefined;
  const usual = values.peer === undefined ? STACK_FIGURES_USUAL : (['peer'] as const);
  return {
    ...values,
    stack,
    only: values.only?.map((name) => oneOf('only', name, STACK_FIGURES)) ?? usual,
    runs: wholeNumber('runs', values.runs ?? (stack ? '1' : '3'), 1, 100),
  };
});

const figures = stack ? await benchStack(only, runs) : await benchEmbedded();
const machine = { cores: availableParallelism(), node: process.version };
if (json) console.log(JSON.stringify({ machine, figures }));
else printTable(figures);

async function benchEmbedded(): Promise<Figure[]> {
  return [
    ...(await benchPureFolds(runs)),
    ...(await benchPipeline(runs)),
    ...(await benchRebuild(runs)),
    ...(await benchQuery(runs)),
  ];
}

function printTable(rows: readonly Figure[]): void {
  console.log(`${machine.cores} cores, Node ${machine.node}, median of ${runs}`);
  console.table(
    rows.map((figure) => ({
      figure: figure.name,
      measured: `${format(figure.value)} ${figure.unit}`,
      'must reach': figure.mustReach === null ? '' : describeBound(figure.mustReach),
      reached: figure.mustReach === null ? '' : reaches(figure) ? 'yes' : 'NO',
      floor: figure.floor === null ? '' : `${format(figure.floor.value)} (${figure.floor.name})`,
      'of floor': figure.floor === null ? '' : (figure.value / figure.floor.value).toFixed(3),
    })),
  );
}

function describeBound(bound: Bound): string {
  if ('atLeast' in bound) return format(bound.atLeast);
  if ('below' in bound) return `< ${format(bound.below)}`;
  if ('atLeastOfFloor' in bound) return `${bound.atLeastOfFloor} of floor`;
  return `${bound.atMostOfFloor} times floor`;
}

/** Whole, but for small numbers, which have three digits that count. */
function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
