import type { EventInputs, EventTopic } from '@tidemark/producer';
import type { IgnoredReason, WarningCode } from './outcome.ts';
import type { Part, Source } from './source.ts';
import { IDENTITY_SUFFIX } from './values/ids.ts';
import type { JsonObject } from './values/texts.ts';

/** In every record. */
export interface Occurrence {
  readonly eventId: string;
  readonly customerId: string;
  readonly occurredAt: number;
}

type Fields<T extends EventTopic> = Omit<EventInputs[T], keyof Occurrence>;

type DraftedRecord = { [T in EventTopic]: { readonly topic: T; readonly event: EventInputs[T] } }[EventTopic];

export interface IdentityFields {
  readonly traits?: Readonly<Record<string, string | null>>;
  readonly consents?: readonly { readonly channel: string; readonly purpose: string; readonly granted: boolean }[];
  readonly linkedCustomerId?: string | null;
  /** Whether the link is of the event's own two ids: every source may say that. */
  readonly isOwnLink?: boolean;
}

/** The records that an event becomes, as it is mapped. What its source may not send is left out, and said. */
export class Draft {
  readonly records: DraftedRecord[] = [];
  readonly warnings = new Map<WarningCode, number>();
  ignored: IgnoredReason | null = null;
  readonly #source: Source;
  readonly #occurrence: Occurrence;

  constructor(source: Source, occurrence: Occurrence) {
    this.#source = source;
    this.#occurrence = occurrence;
  }

  warn(code: WarningCode, count = 1): void {
    if (count > 0) this.warnings.set(code, (this.warnings.get(code) ?? 0) + count);
  }

  addOrder(fields: Fields<'orders'>, occurrence = this.#occurrence): void {
    this.#add('orders', { topic: 'orders', event: { ...occurrence, ...fields } });
  }

  addInteraction(fields: Fields<'interactions'>): void {
    const { actions } = this.#source;
    const isAmongThem = actions === null || actions.has(fields.action);
    this.#add('interactions', { topic: 'interactions', event: { ...this.#occurrence, ...fields } }, isAmongThem);
  }

  addMarketing(fields: Fields<'marketing'>): void {
    this.#add('marketing', { topic: 'marketing', event: { ...this.#occurrence, ...fields } });
  }

  /** A record as its sender wrote it, for the check of all records to judge. */
  addJson(topic: EventTopic, event: JsonObject): void {
    if (topic !== 'identities') this.#add(topic, { topic, event } as never);
    else if (IDENTITY_PARTS.every(([field, part]) => !isSaid(event[field]) || this.#allowed(part, true))) {
      this.records.push({ topic, event } as never);
    }
  }

  #add(part: Part, record: DraftedRecord, isAllowed = true): void {
    if (isAllowed && this.#may(part)) this.records.push(record);
    else this.warn(`not-allowed:${part}`);
  }

  /** Traits, consents and a link are one record. Of one that has none of them something must have been left out, or it stands. */
  addIdentity(
    { traits = {}, consents = [], linkedCustomerId = null, isOwnLink = false }: IdentityFields,
    occurrence = this.records.length === 0 ? this.#occurrence : asSecond(this.#occurrence),
  ): void {
    const says = {
      traits: this.#allowed('traits', Object.keys(traits).length > 0) ? traits : {},
      consents: this.#allowed('consents', consents.length > 0) ? consents : [],
      linkedCustomerId: isOwnLink || this.#allowed('links', linkedCustomerId !== null) ? linkedCustomerId : null,
    };
    const isEmpty = Object.keys(says.traits).length + says.consents.length === 0 && says.linkedCustomerId === null;
    const isLeftOut = Object.keys(traits).length + consents.length > 0 || linkedCustomerId !== null;
    if (isEmpty && (isLeftOut || !this.#may('traits'))) return;
    this.records.push({ topic: 'identities', event: { ...occurrence, ...says } as never });
  }

  #allowed(part: Part, isSaid: boolean): boolean {
    const may = this.#may(part);
    if (isSaid && !may) this.warn(`not-allowed:${part}`);
    return may;
  }

  #may(part: Part): boolean {
    return this.#source.may.has(part);
  }
}

const IDENTITY_PARTS = [
  ['traits', 'traits'],
  ['consents', 'consents'],
  ['linkedCustomerId', 'links'],
] as const satisfies readonly (readonly [string, Part])[];

function isSaid(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== '';
}

function asSecond(occurrence: Occurrence): Occurrence {
  return { ...occurrence, eventId: occurrence.eventId + IDENTITY_SUFFIX };
}
