// Writes into files that people keep which facets and topics there are: containers, what Prometheus scrapes, tables of
// services. Each list stands between two texts of its file; all else of the file is left alone. With `--check` they are
// only compared. `npm run fix`.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_TOPICS } from '../packages/contracts/src/index.ts';
import { type AnyFacet, facetNames, facets } from '../packages/domain/src/index.ts';

export interface ListedFacet extends Pick<AnyFacet, 'name' | 'publishes'> {
  /** Off until a policy has its section: its process is started by whoever brings that policy. */
  readonly isOptional: boolean;
  readonly hasReadme: boolean;
}

/** A list, and the texts of its file that it stands between. */
interface Place {
  readonly file: string;
  readonly after: string;
  readonly before: string;
  readonly list: string;
}

const ROOT = join(import.meta.dirname, '..');

/** What publishes nothing first, as in the pipeline's own lists. */
export const listedFacets: readonly ListedFacet[] = facetNames
  .map((name) => facets[name])
  .map(({ name, publishes, always, policy }) => ({
    name,
    publishes,
    isOptional: !always && policy !== null,
    hasReadme: existsSync(join(ROOT, readmeOf(name))),
  }))
  .sort((a, b) => Number(a.publishes) - Number(b.publishes));

export function placesOf(
  listed: readonly ListedFacet[],
  topics: readonly string[] = Object.keys(EVENT_TOPICS),
): readonly Place[] {
  const optional = namesOf(listed.filter(({ isOptional }) => isOptional));
  const constant = namesOf(listed.filter(({ isOptional }) => !isOptional));
  const scores = listed.filter(({ publishes }) => publishes);
  const readmes = listed.filter(({ hasReadme }) => hasReadme);
  return [
    {
      file: 'docker-compose.yml',
      after: '  # Of each facet, from its registry: `npm run fix`.\n',
      before: '  tier:\n',
      list: listed.map(containerOf).join(''),
    },
    {
      file: 'infra/prometheus/prometheus.yml',
      after: '          - unify:9464\n',
      before: '          - tier:9464\n',
      list: constant.map((name) => `          - ${name}:9464\n`).join(''),
    },
    {
      file: 'infra/prometheus/prometheus.yml',
      after: '          - door:9464\n',
      before: '\n  - job_name: prometheus\n',
      list: optional.length === 0 ? '' : targetsWhereStarted(optional),
    },
    {
      file: 'README.md',
      after: '\nfor facet in ',
      before: '; do start score $facet; done\n',
      list: constant.join(' '),
    },
    {
      file: 'README.md',
      after: '| `services` | unify, score (',
      before: '), tier, query, door |',
      list: constant.join(', ') + whereOn(optional),
    },
    {
      file: 'docs/ARCHITECTURE.md',
      after: '\n- **',
      before: '** fold the timeline. Each keeps',
      list: namesOf(scores.filter(({ isOptional }) => !isOptional)).join(', '),
    },
    {
      file: 'services/README.md',
      after: '\n| ',
      before: ' | Kafka, Redis |',
      list: [...constant, 'tier'].join(', ') + whereOn(optional),
    },
    {
      file: 'services/score/README.md',
      after: 'stands in its folder:\n',
      before: '\nHow processes start',
      list: `${namesOf(readmes).map(linkOf).join(',\n')}.`,
    },
    {
      file: 'services/unify/README.md',
      after: '\n| ',
      before: ', control | timeline, dead-letters |',
      list: topics.join(', '),
    },
    {
      file: 'services/query/README.md',
      after: '; HTTP | HTTP; ',
      before: ' |\n\n',
      list: topics.join(', '),
    },
    {
      file: 'services/tier/README.md',
      after: '| timeline, ',
      before: ' | tier-changes',
      list: namesOf(scores)
        .map((name) => `${name}-changes`)
        .join(', '),
    },
  ];
}

function namesOf(listed: readonly ListedFacet[]): readonly string[] {
  return listed.map(({ name }) => name);
}

/** The end of a list of those that always run. */
function whereOn(optional: readonly string[]): string {
  return optional.length === 0 ? '' : `, and, where a policy has their sections, ${optional.join(', ')}`;
}

function linkOf(name: string): string {
  return `[${name}](../../${readmeOf(name)})`;
}

/** The text of a file with its list; throws where the list has no place. */
export function withList(text: string, { file, after, before, list }: Place): string {
  const end = text.indexOf(before);
  const start = text.lastIndexOf(after, end - after.length);
  if (end === -1 || start === -1) {
    throw new Error(
      `${file}: expected the list of facets between ${JSON.stringify(after)} and ${JSON.stringify(before)}`,
    );
  }
  return text.slice(0, start + after.length) + list + text.slice(end);
}

function containerOf({ name, isOptional }: ListedFacet): string {
  const profiles = isOptional
    ? [`    # Off until a policy has its section: \`docker compose --profile ${name} up\`.`, `    profiles: [${name}]`]
    : [];
  const lines = [`  ${name}:`, '    <<: *fold', ...profiles, `    command: [services/score/src/main.ts, ${name}]`];
  return `${lines.join('\n')}\n\n`;
}

function targetsWhereStarted(names: readonly string[]): string {
  return [
    '    # Off until a policy has their sections: a container that was not started has no address, and is no target.',
    '    dns_sd_configs:',
    `      - names: [${names.join(', ')}]`,
    '        type: A',
    '        port: 9464',
    '',
  ].join('\n');
}

function readmeOf(name: string): string {
  return `packages/domain/src/facets/${name}/README.md`;
}

if (import.meta.main) {
  const texts = new Map<string, string>();
  for (const place of placesOf(listedFacets)) {
    texts.set(place.file, withList(texts.get(place.file) ?? readFileSync(join(ROOT, place.file), 'utf8'), place));
  }
  const changed = [...texts].filter(([file, text]) => readFileSync(join(ROOT, file), 'utf8') !== text);
  if (process.argv.includes('--check')) {
    for (const [file] of changed) console.error(`${file}: expected the facets of the registry. Run \`npm run fix\``);
    process.exitCode = changed.length > 0 ? 1 : 0;
  } else {
    for (const [file, text] of changed) {
      writeFileSync(join(ROOT, file), text);
      console.log(`${file} written`);
    }
  }
}
