import type { TimeMs } from '@tidemark/domain';
import { type EncodedEvent, EventError, type EventTopic, isEventTopic, RECORD_TYPES } from '@tidemark/producer';
import { Type } from 'typebox';
import { INGEST_BYTES_MAX, INGEST_RECORDS_MAX, RECORDS_URL } from '../http/bounds.ts';
import { describeRoute } from '../http/describe-route.ts';
import type { App } from '../http/schema-types.ts';
import type { EventIngest } from '../ports.ts';
import { Problem, type ProblemItem } from '../problems/problem.ts';
import { list, nullable, whole } from '../responses/schema.ts';

const TOPICS = Object.keys(RECORD_TYPES).join(', ');
/** Enough to mend a program by; all problems of 1,000 records would be a longer answer than the request. */
const PROBLEMS_MAX = 100;

const params = Type.Object({ topic: Type.String({ minLength: 1, maxLength: 64, description: `one of ${TOPICS}` }) });

const body = Type.Object(
  {
    records: Type.Array(Type.Unsafe<object>({ type: 'object', description: 'an event as a JSON object' }), {
      minItems: 1,
      maxItems: INGEST_RECORDS_MAX,
      description: `a list of 1 to ${INGEST_RECORDS_MAX} events`,
    }),
  },
  { additionalProperties: false, description: 'a JSON object with a list `records`' },
);

const querystring = Type.Object(
  {
    partial: Type.Optional(
      Type.Boolean({
        description: 'true: what is right is written though some is refused; false (default): all or nothing',
      }),
    ),
  },
  { additionalProperties: false },
);

const answer = Type.Object({
  positions: list(
    nullable(Type.Object({ lane: whole(), offset: whole() })),
    'Of each record, in order; null for one that was refused, with `partial`.',
  ),
  errors: Type.Optional(
    list(
      Type.Object({ index: whole(), field: Type.String(), expected: Type.String(), found: Type.String() }),
      'What is wrong with those that were refused, by the place in `records`.',
    ),
  ),
});

export function addIngestRoutes(app: App, ingest: EventIngest): void {
  app.post(
    RECORDS_URL,
    {
      ...describeRoute({
        role: 'producer',
        tag: 'Events',
        summary: 'Bring events',
        description:
          'If one is refused, none is written, but with `partial`. Bodies may be gzip or deflate. Answered once all are durable. After 503, or no answer, some may be ' +
          'written: send all again with the same eventIds, and repeats are dropped. The fields of an event are those of @tidemark/producer.',
        params,
        querystring,
        body,
        answer,
        problems: [404, 409, 413, 415],
      }),
      bodyLimit: INGEST_BYTES_MAX,
    },
    async ({ params, query, body }) => {
      const { topic } = params;
      if (!isEventTopic(topic)) throw new Problem('unknown-topic', `Expected one of ${TOPICS}.`);
      const { lanes, earliestAt } = await ingest.state();
      if (lanes === 'replaying') {
        throw new Problem(
          'not-live',
          'History is replayed on the event clock; start with `npx tidemark up --live`, or, for services in Kafka, run ' +
            '`npx tidemark policy apply`.',
        );
      }
      if (lanes === 'ahead') {
        throw new Problem(
          'unavailable',
          "A lane's clock is more than five minutes ahead of the wall clock, so that what happens today would be old to it. " +
            "Nothing was written. If it is not this machine's clock that is behind, replay what was accepted to a new place: " +
            'docs/runbook/alerts.md#tidemarklaneclockahead.',
          { headers: { 'retry-after': '30' } },
        );
      }
      if (lanes === 'unknown') {
        throw new Problem(
          'unavailable',
          'It is not known yet whether lanes are live: none has folded anything since the state was empty, or the store is ' +
            'away. If it lasts, run `npx tidemark policy apply`.',
          { headers: { 'retry-after': '1' } },
        );
      }
      const { encoded, errors } = encodeAll(ingest, topic, body.records, earliestAt);
      const isPartial = query.partial === true;
      if (errors.length > 0 && !isPartial) {
        const detail = 'Nothing was written. `errors` says what to mend, by the place in `records`.';
        throw new Problem('invalid-events', detail, { errors: errors.slice(0, PROBLEMS_MAX) });
      }
      const right = encoded.flatMap((event) => event ?? []);
      const taken = right.length === 0 ? [] : [...(await ingest.send(topic, right))];
      const positions = encoded.map((event) => (event === null ? null : (taken.shift() ?? null)));
      // Of each event one thing that is wrong.
      return isPartial
        ? { positions, errors: errors.filter(({ index }, i) => index !== errors[i - 1]?.index) }
        : { positions };
    },
  );
}

/** Null in place of an event that is refused. */
function encodeAll(
  ingest: EventIngest,
  topic: EventTopic,
  events: readonly object[],
  earliestAt: TimeMs | null,
): { readonly encoded: (EncodedEvent | null)[]; readonly errors: IndexedProblem[] } {
  const errors: IndexedProblem[] = [];
  const encoded = events.map((event, index) => {
    try {
      return ingest.encode(topic, event, earliestAt);
    } catch (error) {
      if (!(error instanceof EventError)) throw error;
      errors.push(...error.problems.map((problem) => ({ index, ...problem })));
      return null;
    }
  });
  return { encoded, errors };
}

type IndexedProblem = ProblemItem & { readonly index: number };
