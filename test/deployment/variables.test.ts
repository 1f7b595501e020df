import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { everySetting, variablesOf } from '../../packages/config/src/index.ts';
import { ROOT, readText } from './repository.ts';

/** Whatever people read or run. Tests of what is refused name variables that there are not. */
const files = globSync('{.,.ci,docs/**,infra/**,packages/**,scripts/**,services/**,test/**}/*', {
  cwd: ROOT,
  exclude: ['**/node_modules/**', '**/target/**', '**/*.test.ts', '**/*.gz'],
  withFileTypes: true,
})
  .filter((file) => file.isFile())
  .map((file) => `${file.parentPath}/${file.name}`.slice(ROOT.length + 1));

/** Read by tests alone, which may do without servers. */
const OF_TESTS = 'TIDEMARK_STACK';
const known = [...everySetting.flatMap(variablesOf), OF_TESTS];

/** `TIDEMARK_KAFKA_...` and `TIDEMARK_KAFKA_${part}` stand for all that begin so. */
const NAMED = /\bTIDEMARK_[A-Z\d_]*(?:\.\.\.|\$\{|…)?/g;

function exists(named: string): boolean {
  const [name = ''] = /^[A-Z\d_]+/.exec(named) ?? [];
  const isWhole = name === named && !name.endsWith('_');
  return isWhole ? known.includes(name) : name.endsWith('_') && known.some((variable) => variable.startsWith(name));
}

test('every variable of the environment that is named anywhere is one that is read', () => {
  const named = files.flatMap((file) => (readText(file).match(NAMED) ?? []).map((name) => `${file}: ${name}`));
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((place) => !exists(place.slice(place.lastIndexOf(' ') + 1)))).toEqual([]);
});
