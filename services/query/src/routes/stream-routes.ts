import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { EVENT_ID_LENGTH_MAX } from '../http/bounds.ts';
import { describeRoute } from '../http/describe-route.ts';
import { tierChangeEvents } from '../http/event-stream.ts';
import type { App } from '../http/schema-types.ts';
import type { ServerPorts, StreamStart } from '../ports.ts';
import { Problem } from '../problems/problem.ts';
import { oneOf } from '../responses/schema.ts';

/** A client that has taken nothing for so long, heartbeats included, gives its place to another. */
const STUCK_MS = 60_000;

const querystring = Type.Object(
  {
    from: Type.Optional(
      Type.Unsafe<'start' | 'end'>({ ...oneOf('start', 'end'), default: 'end', description: 'start or end' }),
    ),
  },
  { additionalProperties: false },
);

const headers = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      maxLength: EVENT_ID_LENGTH_MAX,
      description: `the \`id\` of an event of this stream, at most ${EVENT_ID_LENGTH_MAX} characters`,
    }),
  ),
});

/** @param open the streams that are open; aborting one ends it */
export function addStreamRoutes(
  app: App,
  { reader, clock, logger }: ServerPorts,
  open: Set<AbortController>,
  openMax: number,
) {
  app.get(
    '/v1/tier-changes',
    {
      ...describeRoute({
        role: 'reader',
        tag: 'Tiers',
        summary: 'Every change of tier as it happens, as server-sent events',
        description:
          'Each has an `id`; a client that connects again with it in `Last-Event-ID` goes on behind it without gap or ' +
          'repeat. Without it `from` says whether to start at the first change kept or at the next to come.',
        querystring,
        headers,
        answer: Type.String({ description: 'Events `tier-change`, with a tier change as JSON in `data`.' }),
        answerMediaType: 'text/event-stream',
      }),
      // A stream has no end that a HEAD could wait for.
      exposeHeadRoute: false,
    },
    async ({ query, headers }, reply) => {
      if (open.size >= openMax) {
        const detail = `Expected at most ${openMax} open streams; close one, or ask for more in the configuration.`;
        throw new Problem('too-many-streams', detail, { headers: { 'retry-after': '5' } });
      }
      const ending = new AbortController();
      open.add(ending);
      const end = () => {
        open.delete(ending);
        ending.abort();
      };
      reply.raw.once('close', end);
      // The client may be gone already; then the event has passed.
      if (reply.raw.destroyed) end();
      reply.raw.setTimeout(STUCK_MS, () => reply.raw.destroy());
      const stream = await reader.openTierChanges(startOf(headers['last-event-id'], query.from), ending.signal);
      const onError = (error: unknown) => logger.error({ err: error }, 'a stream of tier changes failed');
      return (
        reply
          .type('text/event-stream; charset=utf-8')
          // nginx would collect events. And a connection kept alive would outlast its stream, and hold up a stop.
          .headers({ 'x-accel-buffering': 'no', connection: 'close' })
          .send(Readable.from(tierChangeEvents(stream, clock, onError)))
      );
    },
  );
}

function startOf(lastEventId: string | undefined, from: 'start' | 'end' | undefined): StreamStart {
  return lastEventId ? { cursor: lastEventId } : (from ?? 'end');
}
