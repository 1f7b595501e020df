import type { TierChangeEntry } from '@tidemark/reading';
import { CAUSE_KINDS } from '@tidemark/stream';
import { type Static, Type } from 'typebox';
import { iso } from './iso.ts';
import { list, nullable, number, oneOf, record, scalar, text, time, whole } from './schema.ts';

export const reasonSchema = Type.Object({ view: text('`<score>.<attribute>`'), value: scalar, points: number() });

export const causeKind = oneOf(...CAUSE_KINDS);

const causeSchema = Type.Object({
  score: nullable(text('The score whose view changed; null for the tier itself.')),
  kind: causeKind,
  origin: nullable(text('`topic:offset` of the record that caused it.')),
  eventId: nullable(text()),
});

export const tierChangeProperties = {
  change: whole("The customer's own count of changes."),
  from: nullable(text()),
  to: text(),
  direction: oneOf('enter', 'up', 'down', 'erased', 'unknown'),
  points: number(),
  effectiveAt: time(),
  timelineOffset: whole(),
  policyNumber: whole(),
  reasons: list(reasonSchema),
  causes: list(causeSchema),
  labels: record(text(), 'What `from` and `to` are called: by name, or by name, dot and language, such as `gold.zh`.'),
  benefits: list(text(), 'What the policy gives with `to`.'),
  strategy: nullable(text('How the policy means customers of `to` to be treated.')),
};

export const tierChangeSchema = Type.Object(tierChangeProperties);

export function tierChangeEntryJson(entry: TierChangeEntry): Static<typeof tierChangeSchema> {
  return { ...entry, effectiveAt: iso(entry.effectiveAt) };
}
