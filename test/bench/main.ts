// `npm run bench [-- --json] [-- --runs N]`: every figure is a median, beside a floor measured in the same run. Machines
// are noisy: compare the ratio to the floor, and run it on a quiet one.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Figure, reaches } from './measure.ts';
import { benchPipeline } from './pipeline.ts';
import { benchPureFolds } from './pure-folds.ts';
import { benchQuery } from './query.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '3' } },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1 || runs > 100) {
  console.error(`--runs: expected a whole number from 1 to 100, found ${values.runs}`);
  process.exit(2);
}

const figures = [...(await benchPureFolds(runs)), ...(await benchPipeline(runs)), ...(await benchQuery(runs))];
const machine = { cores: availableParallelism(), node: process.version };
if (values.json) console.log(JSON.stringify({ machine, figures }));
else printTable(figures);

function printTable(rows: readonly Figure[]): void {
  console.log(`${machine.cores} cores, Node ${machine.node}, median of ${runs}`);
  console.table(
    rows.map((figure) => ({
      figure: figure.name,
      measured: `${format(figure.value)} ${figure.unit}`,
      'must reach': figure.mustReach === null ? '' : Object.values(figure.mustReach).map(format).join(''),
      reached: reaches(figure) ? 'yes' : 'NO',
      floor: figure.floor === null ? '' : `${format(figure.floor.value)} (${figure.floor.name})`,
      'of floor': figure.floor === null ? '' : (figure.value / figure.floor.value).toFixed(3),
    })),
  );
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en');
}
