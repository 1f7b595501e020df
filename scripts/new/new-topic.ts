import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { camelCase } from './names.ts';
import { inserted, topicFiles, topicInsertions } from './topic-files.ts';

/** Writes a raw topic, under the repository's root: all of it, or nothing. Gives the paths that were written. */
export function writeTopic(root: string, name: string): readonly string[] {
  const files = new Map(topicFiles(name));
  for (const insertion of topicInsertions(name)) {
    const source = files.get(insertion.file) ?? readFileSync(join(root, insertion.file), 'utf8');
    files.set(insertion.file, inserted(source, insertion));
  }
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return [...files.keys()];
}

/** What only a person can say of it. */
export function topicSteps(name: string): string {
  return `${name} is a raw topic: the producer and HTTP take its events, unify accepts them and merges them into the timeline.
By hand, since only you know what its events are:
  1. their fields: schemas/${name}-event/v1.avsc and schemas/timeline-${name}/v1.avsc, then \`npm run fix\`, and the compiler
     leads to the rest: packages/domain/src/events.ts, packages/timeline/src/accept.ts, packages/producer/src/event-*.ts.
     Once a record was written with a schema, it stands
  2. a facet that folds them: '${name}' in its \`eventTypes\`. Until then they are on the timeline, and change nothing
  3. words of people: the lines of ${name} in packages/contracts/src/catalogue.ts and generate/topic-prose.ts
  4. events of it under faults and hostile ones: test/simulation/events.ts, test/fuzz/events.ts
  5. npm test
Where pipelines run: \`tidemark topics apply\` and \`schemas apply\`, then unify of this build, then producers (\`producer.${camelCase(name)}\`).
A replay that is under way on the event clock ends first: the merge waits for every raw topic, and it has no punctuation for this one.`;
}
