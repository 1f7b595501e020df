import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { facetNames } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { deadLetterReasons } from '../../packages/contracts/src/dead-letter-reasons.ts';
import { faultAdvice, outageAdvice } from '../../packages/telemetry/src/advice.ts';
import { runbook } from '../../packages/telemetry/src/runbook.ts';
import { rules } from './monitoring.ts';
import { ROOT, readText } from './repository.ts';

const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>) => Object.keys(table) as Key[];

/** What a message may send its reader to, in the order of the pages. */
const places = [
  ...rules.map(({ alert }) => runbook.alert(alert)),
  ...keysOf(faultAdvice).map(runbook.fault),
  ...keysOf(outageAdvice).map(runbook.outage),
  ...deadLetterReasons.map(runbook.deadLetter),
];

const pages = ['alerts', 'faults', 'outages', 'dead-letters'].map((name) => `docs/runbook/${name}.md`);

interface Section {
  readonly place: string;
  readonly text: string;
}

/** GitHub's anchor of a heading that is one word is the word in lower case. */
function sectionsOf(page: string): readonly Section[] {
  const [, ...sections] = readText(page).split('\n## ');
  return sections.map((text) => ({ place: `${page}#${text.split('\n', 1)[0]?.toLowerCase()}`, text }));
}

/** Where a Markdown file links to within the repository, from the repository's root. */
function linksOf(page: string): readonly string[] {
  const targets = [...readText(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const local = targets.filter((target) => !/^[a-z]+:/.test(target));
  return local.map((target) => (target.startsWith('#') ? `${page}${target}` : join(dirname(page), target)));
}

test('the runbook has a section for every alert, fault, outage and dead-letter reason, in their order, and no other', () => {
  expect(pages.flatMap(sectionsOf).map(({ place }) => place)).toEqual(places);
});

test.each(pages.flatMap(sectionsOf))(
  '$place says what it means, what causes it, what to look at and do, and what is kept',
  ({ text }) => {
    const labels = [...text.matchAll(/^\*\*(Means\.|Causes\.|Look at|Do\.|Kept\.)\*\* \S/gm)].map(([, label]) => label);
    expect(labels).toEqual(['Means.', 'Causes.', 'Look at', 'Do.', 'Kept.']);
  },
);

test('the index of the runbook has every section', () => {
  expect(linksOf('docs/runbook/README.md')).toEqual(expect.arrayContaining(places));
});

test.each([
  'docs/runbook/README.md',
  ...pages,
  'docs/guarantees.md',
  ...['door', 'query', 'score', 'tier', 'unify'].map((name) => `services/${name}/README.md`),
  ...facetNames
    .map((name) => `packages/domain/src/facets/${name}/README.md`)
    .filter((page) => existsSync(join(ROOT, page))),
])('every link of %s leads somewhere', (page) => {
  const links = linksOf(page);
  expect(links.filter((link) => !existsSync(join(ROOT, link.split('#', 1)[0] ?? '')))).toEqual([]);
  const intoRunbook = links.filter((link) => pages.some((each) => link.startsWith(`${each}#`)));
  expect(intoRunbook.filter((link) => !places.includes(link))).toEqual([]);
});
