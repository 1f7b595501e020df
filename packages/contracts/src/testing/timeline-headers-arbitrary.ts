import type { TimeMs } from '@tidemark/domain';
import fc from 'fast-check';
import { RAW_TOPICS } from '../catalogue.ts';
import type { TimelineHeaders } from '../headers.ts';

/** What the headers of any timeline record may say. */
export const timelineHeadersArbitrary: fc.Arbitrary<TimelineHeaders> = fc.record({
  type: fc.constantFrom(
    'order',
    'interaction',
    'marketing',
    'identity',
    'tick',
    'policy',
    'live-switch',
    'cutover',
    'format',
  ),
  origin: fc.option(fc.record({ topic: fc.constantFrom(...RAW_TOPICS), offset: fc.maxSafeNat() })),
  logTime: fc.maxSafeNat().map((time) => time as TimeMs),
  clock: fc.constantFrom('event', 'live'),
  eventId: fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '-', ' a  b ', 'a\nb'))),
  rawAppendedAtMs: fc.option(fc.maxSafeNat()),
  isHeld: fc.constantFrom(true, undefined),
});
