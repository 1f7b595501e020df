import { TIMELINE_EVENT_TYPES } from '@tidemark/contracts';
import { EFFECT_NOTES, type ScoreName, scoreNames, type TimelineEventType } from '@tidemark/domain';
import type { OrderNote, TimelineEntry } from '@tidemark/reading';
import { type Static, Type } from 'typebox';
import { iso } from './iso.ts';
import { anyObject, nullable, oneOf, text, time, view, whole } from './schema.ts';
import { causeKind, tierChangeEntryJson, tierChangeProperties } from './tier-change.ts';

const eventSchema = Type.Object({
  kind: oneOf('event'),
  type: oneOf<TimelineEventType>(...TIMELINE_EVENT_TYPES),
  at: time(),
  occurredAt: time(),
  eventId: text(),
  origin: text('`topic:offset` of the raw record.'),
  timelineOffset: whole(),
  note: nullable(oneOf<NonNullable<OrderNote>>(...EFFECT_NOTES, 'not-known')),
  data: anyObject('The event, without the fields above.'),
});

const viewSchema = Type.Object({
  kind: oneOf('view'),
  score: oneOf<ScoreName>(...scoreNames),
  at: time(),
  timelineOffset: whole(),
  from: nullable(view),
  to: nullable(view),
  cause: Type.Object({
    kind: causeKind,
    origin: nullable(text()),
    eventId: nullable(text()),
  }),
});

const tierSchema = Type.Object({ kind: oneOf('tier'), at: time(), ...tierChangeProperties });

export const timelineEntrySchema = Type.Union([eventSchema, viewSchema, tierSchema]);

export function timelineEntryJson(entry: TimelineEntry): Static<typeof timelineEntrySchema> {
  const at = iso(entry.at);
  switch (entry.kind) {
    case 'event':
      return { ...entry, at, occurredAt: iso(entry.occurredAt) };
    case 'view':
      return { ...entry, at };
    case 'tier':
      return { ...tierChangeEntryJson(entry), kind: 'tier', at };
  }
}
