// `npm run bench [-- --stack [--only NAME]] [--json] [--runs N]`: every figure is a median, beside a floor measured in the
// same run. Machines are noisy: compare the ratio to the floor, and run it on a quiet one.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Bound, type Figure, reaches } from './measure.ts';
import { benchPipeline } from './pipeline.ts';
import { benchPureFolds } from './pure-folds.ts';
import { benchQuery } from './query.ts';
import { benchRebuild } from './rebuild.ts';
import { benchStack, STACK_FIGURES, type StackFigure } from './stack/bench-stack.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    runs: { type: 'string' },
    stack: { type: 'boolean', default: false },
  },
});
/** A run on servers takes minutes. */
const runs = Number(values.runs ?? (values.stack ? 1 : 3));
if (!Number.isInteger(runs) || runs < 1 || runs > 100) {
  fail(`--runs: expected a whole number from 1 to 100, found ${values.runs}`);
}
const only = values.only ?? STACK_FIGURES;
if (values.only !== undefined && !values.stack) fail('--only: expected --stack beside it');
if (!only.every(isStackFigure)) fail(`--only: expected ${STACK_FIGURES.join(', ')}, found ${only.join(', ')}`);

const figures = values.stack ? await benchStack(only.filter(isStackFigure), runs) : await benchEmbedded();
const machine = { cores: availableParallelism(), node: process.version };
if (values.json) console.log(JSON.stringify({ machine, figures }));
else printTable(figures);

async function benchEmbedded(): Promise<Figure[]> {
  return [
    ...(await benchPureFolds(runs)),
    ...(await benchPipeline(runs)),
    ...(await benchRebuild(runs)),
    ...(await benchQuery(runs)),
  ];
}

function isStackFigure(name: string): name is StackFigure {
  return (STACK_FIGURES as readonly string[]).includes(name);
}

function fail(problem: string): never {
  console.error(problem);
  process.exit(2);
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
