import { type ScoreName, scoreNames } from '@tidemark/domain';
import type { ExplainedCause, Explanation } from '@tidemark/reading';
import { type Static, Type } from 'typebox';
import { iso, isoOrNull } from './iso.ts';
import { anyObject, list, nullable, number, oneOf, scalar, text, time, view, whole } from './schema.ts';
import { causeKind, tierChangeEntryJson, tierChangeProperties } from './tier-change.ts';

const score = oneOf<ScoreName>(...scoreNames);

const causeSchema = Type.Object({
  score: nullable(text()),
  kind: causeKind,
  view: nullable(Type.Object({ from: nullable(view), to: nullable(view) })),
  record: nullable(
    Type.Object({
      origin: text(),
      eventId: nullable(text()),
      type: text(),
      occurredAt: nullable(time()),
      timelineOffset: whole(),
    }),
  ),
});

export const explanationSchema = Type.Object(
  {
    customerId: text(),
    lane: whole(),
    clock: oneOf('event', 'live'),
    at: time(),
    policy: Type.Object({ number: whole(), name: text() }),
    tier: Type.Object({
      name: text(),
      points: number(),
      since: time(),
      belowSince: nullable(time()),
      leave: nullable(number('Below so many points the tier is lost, after grace.')),
      up: nullable(Type.Object({ name: text(), enter: number('So many points give it.') })),
      down: nullable(Type.Object({ name: text() })),
    }),
    attributes: list(
      Type.Object({
        score,
        attribute: text(),
        value: scalar,
        points: number(),
        inputs: list(Type.Object({ name: text(), value: number(), unit: text() })),
        band: nullable(anyObject('The thresholds between which the first input lies.')),
      }),
      "Their points add up to the tier's.",
    ),
    lastChange: nullable(Type.Object({ ...tierChangeProperties, because: list(causeSchema) })),
    next: list(
      Type.Object({
        at: time(),
        views: list(Type.Object({ score, from: nullable(view), to: nullable(view) })),
        tier: nullable(Type.Object({ from: text(), to: text() })),
        points: number(),
      }),
      'What happens if no event comes, up to and with the next change of tier.',
    ),
  },
  { description: 'Why a customer has their tier, and what happens next if nothing happens.' },
);

export function explanationJson(explanation: Explanation): Static<typeof explanationSchema> {
  const { at, tier, lastChange, next } = explanation;
  return {
    ...explanation,
    at: iso(at),
    tier: { ...tier, since: iso(tier.since), belowSince: isoOrNull(tier.belowSince) },
    lastChange: lastChange && { ...tierChangeEntryJson(lastChange), because: lastChange.because.map(causeJson) },
    next: next.map((change) => ({ ...change, at: iso(change.at) })),
  };
}

function causeJson({ record, ...cause }: ExplainedCause): Static<typeof causeSchema> {
  return { ...cause, record: record && { ...record, occurredAt: isoOrNull(record.occurredAt) } };
}
