import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type ListedFacet, listedFacets, placesOf, withList } from './facet-lists.ts';

const ROOT = join(import.meta.dirname, '..');
const added: ListedFacet = { name: 'any-other', publishes: true, isOptional: false, hasReadme: true };

/** A file of the repository with the lists of these facets. */
function fileWith(file: string, listed: readonly ListedFacet[], topics?: readonly string[]): string {
  const places = placesOf(listed, topics).filter((place) => place.file === file);
  return places.reduce(withList, readFileSync(join(ROOT, file), 'utf8'));
}

const files = [...new Set(placesOf(listedFacets).map(({ file }) => file))];

test.each(files)('%s has the facets of the registry, and is written the same again', (file) => {
  expect(fileWith(file, listedFacets)).toBe(readFileSync(join(ROOT, file), 'utf8'));
});

const OF_TOPICS = ['services/unify/README.md', 'services/query/README.md'];

test.each(files.filter((file) => !OF_TOPICS.includes(file)))(
  'a facet more is in %s, and all else of it is as it was',
  (file) => {
    const [before, after] = [fileWith(file, listedFacets), fileWith(file, [...listedFacets, added])];
    expect(after).toMatch(/\bany-other\b/);
    // Words, since a list may go on in a line.
    const words = after.split(/[\s,()|.*]+/).filter((word) => !word.includes('any-other'));
    const known = new Set(before.split(/[\s,()|.*]+/));
    expect(words.filter((word) => !known.has(word))).toEqual([]);
  },
);

test.each(OF_TOPICS)('a raw topic more is in %s', (file) => {
  const topics = ['orders', 'any-other'];
  expect(fileWith(file, listedFacets, topics)).toMatch(/\| (HTTP; )?orders, any-other(, control)? \|/);
});

describe('a score that is off until a policy has its section', () => {
  const constant = listedFacets.filter(({ isOptional }) => !isOptional);
  const withOptional = [...constant, { ...added, isOptional: true }];

  test('is in the tables of services, and not among what is started always', () => {
    for (const file of ['README.md', 'services/README.md', 'services/score/README.md', 'services/tier/README.md']) {
      expect(fileWith(file, withOptional), file).toMatch(/\bany-other\b/);
    }
    expect(fileWith('README.md', withOptional)).not.toMatch(/^for facet in .*any-other/m);
  });

  test('has a container that only its profile starts', () => {
    const { services } = parse(fileWith('docker-compose.yml', withOptional), { merge: true });
    expect(services['any-other']).toMatchObject({
      profiles: ['any-other'],
      command: ['services/score/src/main.ts', 'any-other'],
    });
    expect(services['any-other'].environment).toEqual(services.rfm.environment);
    expect(services.rfm.profiles).toBeUndefined();
  });

  test('is scraped where it was started, so that no alert says it is down', () => {
    const [job] = parse(fileWith('infra/prometheus/prometheus.yml', withOptional)).scrape_configs;
    expect(job.static_configs[0].targets).not.toContain('any-other:9464');
    expect(job.dns_sd_configs).toEqual([{ names: ['any-other'], type: 'A', port: 9464 }]);
  });
});

test('a file without the place of its list is named, with what was expected', () => {
  const [place] = placesOf(listedFacets);
  if (place === undefined) throw new Error('expected a place, found none');
  expect(() => withList('services:\n', place)).toThrow(/^docker-compose.yml: expected the list of facets between "/);
});
