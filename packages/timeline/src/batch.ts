import {
  type ClockName,
  type CutoverRecord,
  codecs,
  type DeadLetterReason,
  encodeTimeline,
  encodeTimelinePolicy,
  outputHeaders,
  type RawTopic,
  type TimelineEventRecord,
  type TimelineFormat,
  type TimelineHeaders,
  timelineHeaders,
  timelineSchemaOf,
  type WrittenPolicy,
} from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { Lane, LogRecord, NewRecord } from '@tidemark/stream';

const DEAD_LETTER_HEADERS = outputHeaders('dead-letter');

/** What unify writes in one go: timeline records and dead letters, with what the raw records became. */
export class UnifyBatch {
  readonly clock: ClockName;
  readonly timeline: NewRecord[] = [];
  readonly deadLetters: NewRecord[] = [];
  readonly refusals: DeadLetterReason[] = [];
  events = 0;
  duplicates = 0;
  /** Raw records taken. */
  taken = 0;
  bytes = 0;
  /** Where in `timeline` the last policy is; null without one. */
  policyAt: number | null = null;
  readonly #lane: Lane;
  readonly #format: TimelineFormat;

  /** @param format in which all of its timeline records are written */
  constructor(lane: Lane, clock: ClockName, format: TimelineFormat) {
    this.#lane = lane;
    this.clock = clock;
    this.#format = format;
  }

  addEvent(topic: RawTopic, source: LogRecord, event: TimelineEventRecord, logTime: TimeMs, isHeld: boolean): void {
    this.events++;
    const headers: TimelineHeaders = {
      type: event.type,
      origin: { topic, offset: source.offset },
      logTime,
      clock: this.clock,
      eventId: event.data.eventId,
      rawAppendedAtMs: this.clock === 'live' ? source.appendedAtMs : null,
      isHeld: isHeld || undefined,
    };
    this.#add(source.key, encodeTimeline(event), headers, timelineSchemaOf(event));
  }

  addPolicy(source: LogRecord, policy: WrittenPolicy, logTime: TimeMs): void {
    this.policyAt = this.timeline.length;
    const { value, schema } = encodeTimelinePolicy(policy);
    this.#addControl('policy', source, value, logTime, this.clock, schema);
  }

  addLiveSwitch(source: LogRecord, number: number, logTime: TimeMs): void {
    this.#addControl('live-switch', source, codecs['timeline-live-switch'].encode({ number }), logTime, 'live');
  }

  addCutover(source: LogRecord, { facet, version }: CutoverRecord, logTime: TimeMs): void {
    const value = codecs['timeline-cutover'].encode({ facet, version });
    this.#addControl('cutover', source, value, logTime, this.clock);
  }

  /** The last record in the format of before. */
  addFormat(source: LogRecord, format: number, logTime: TimeMs): void {
    const value = codecs['timeline-format'].encode({ format });
    this.#addControl('format', source, value, logTime, this.clock);
  }

  /** A tick: of a punctuation, or, without an origin, of the wall clock or before a cutover. */
  addTick(origin: { readonly topic: RawTopic; readonly offset: number } | null, logTime: TimeMs): void {
    this.#add(null, null, { type: 'tick', origin, logTime, clock: this.clock, eventId: null, rawAppendedAtMs: null });
  }

  addDeadLetter(topic: RawTopic, source: LogRecord, reason: DeadLetterReason, detail: string, at: TimeMs): void {
    this.refusals.push(reason);
    const value = codecs['dead-letter'].encode({
      service: 'unify',
      reason,
      detail,
      topic,
      lane: this.#lane,
      offset: source.offset,
      key: source.key,
      value: source.value,
      headers: source.headers,
      at,
    });
    this.bytes += value.length;
    this.deadLetters.push({ key: source.key, value, headers: DEAD_LETTER_HEADERS });
  }

  #addControl(
    type: 'policy' | 'live-switch' | 'cutover' | 'format',
    source: LogRecord,
    value: Uint8Array,
    logTime: TimeMs,
    clock: ClockName,
    schema?: string,
  ): void {
    const origin = { topic: 'control', offset: source.offset } as const;
    this.#add(null, value, { type, origin, logTime, clock, eventId: null, rawAppendedAtMs: null }, schema);
  }

  #add(
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: Parameters<typeof timelineHeaders>[0],
    schema?: string,
  ): void {
    this.bytes += (value?.length ?? 0) + (key?.length ?? 0);
    this.timeline.push({ key, value, headers: timelineHeaders(headers, schema, this.#format) });
  }
}
