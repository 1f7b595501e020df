import {
  type EffectNote,
  type Expired,
  Noted,
  Rejection,
  type Score,
  stateOf,
  type TimelineEventType,
  type TimeMs,
  type View,
  WAITED_IN_VAIN,
} from '@tidemark/domain';
import type { LogRecord, Topic } from '../ports/event-log.ts';
import type { Origin, TimelineRecord } from '../timeline-record.ts';
import type {
  Cause,
  Encoded,
  FoldDeadLetter,
  LaneFold,
  OutputIdentity,
  StepCause,
  StepLetter,
  Takeover,
  ToldOutput,
} from './lane-fold.ts';
import { stateNameOf } from './state-name.ts';

/** A score's facet: its state, the view that was last published, and what is noted of the customer's events. */
export interface ScoreFacet<State, V extends View> {
  readonly state: State;
  readonly view: V | null;
  /** Absent while there is nothing. */
  readonly noted?: NotedEvents;
}

/** Events that changed less than they say, by note: their number, and the origins of the newest, oldest first. */
export type NotedEvents = Readonly<Partial<Record<EffectNote, readonly [count: number, ...origins: string[]]>>>;

/** Origins kept of one note. Bounds a facet. */
const NOTED_ORIGINS_MAX = 50;

/** A changed view, before it has an identity. */
export interface ViewChange<V extends View> {
  readonly from: V | null;
  readonly to: V | null;
  readonly cause: Cause;
}

/** How a score's outputs are written; given by the wiring. Without a change topic no change is published. */
export interface ScoreEncoding<V extends View> {
  readonly changeTopic: Topic | null;
  /** `foldVersion`: null for that of the first release. */
  change(change: ViewChange<V>, identity: OutputIdentity, foldVersion: number | null): Encoded;
  progress(timelineOffset: number, number: number, foldVersion: number | null): Encoded;
  deadLetter(letter: FoldDeadLetter): Encoded;
  /** How what was told is read back, and a marker written; null without a change topic. */
  readonly told: ToldEncoding | null;
}

/** Of a topic that versions of a fold tell their changes in. */
export interface ToldEncoding {
  read(record: LogRecord): ToldOutput;
  marker(timelineOffset: number, effectiveAt: TimeMs, foldVersion: number): Encoded;
}

/**
 * Makes of a score what the lane loop runs: a view that differs after a step is a change. `firstVersion`: its version in
 * the first release that had it, this one where not said.
 */
export function scoreFold<State, Parameters, V extends View>(
  score: Score<State, Parameters, V>,
  encoding: ScoreEncoding<V>,
  firstVersion = score.version,
): LaneFold<ScoreFacet<State, V>, Parameters, ViewChange<V>> {
  const types: ReadonlySet<string> = new Set<TimelineEventType>(score.eventTypes);
  const told = score.version === firstVersion ? null : score.version;
  const dueOf = (state: State, at: TimeMs, parameters: Parameters) =>
    earlier(score.nextDueAt(state, at, parameters), score.nextExpiryAt?.(state, at, parameters) ?? null);
  return {
    service: score.name,
    stateName: stateNameOf(score.name, score.version, firstVersion),
    version: score.version,
    firstVersion,
    changeTopic: encoding.changeTopic,
    tellsProgress: encoding.changeTopic !== null,
    recordPhase: 1,
    rulesOf: ({ policy }) => score.parametersOf(policy),
    wants: ({ type, isHeld }) => isHeld !== true && types.has(type),
    step(facet, cause, at, parameters, before) {
      const { record, event } = cause;
      const known = facet?.state ?? score.initial;
      const adopted = facet === undefined || before === null ? known : adopt(score, known, at, before, parameters);
      const expired = facet === undefined ? null : (score.expire?.(adopted, at, parameters) ?? null);
      const kept = expired === null ? adopted : expired.state;
      const evolved = event === null ? kept : score.evolve(kept, event, at, parameters, record.originText);
      const refused = evolved instanceof Rejection ? evolved : null;
      const state = evolved instanceof Rejection ? kept : (stateOf(evolved) as State);
      const note = evolved instanceof Noted ? evolved.note : null;
      const letters = expired === null && refused === null ? NO_LETTERS : lettersOf(expired, refused);
      // Known customers are looked at anew even so: a step that was poison may have taken the timer with it.
      if (facet === undefined && state === known && note === null) {
        return { facet, due: null, change: null, letters, note };
      }
      const from = facet?.view ?? null;
      const to = score.view(state, at, parameters);
      const due = dueOf(state, at, parameters);
      const noted = note === null ? facet?.noted : withNote(facet?.noted, note, originOf(record));
      if (viewsEqual(from, to)) {
        const isSame = state === facet?.state && noted === facet.noted;
        return { facet: isSame ? facet : facetOf(state, from, noted), due, change: null, letters, note };
      }
      const change = encoding.changeTopic === null ? null : { from, to, cause: causeOf(cause) };
      return { facet: facetOf(state, to, noted), due, change, letters, note };
    },
    labelOf: () => null,
    encode: (change, identity) => encoding.change(change, identity, told),
    encodeProgress: (timelineOffset, number) => encoding.progress(timelineOffset, number, told),
    encodeDeadLetter: encoding.deadLetter,
    takeover: encoding.told && {
      ...takeoverOf(encoding.told, score.version),
      look(facet, told, record, at, parameters) {
        const from = told !== undefined && 'view' in told ? (told.view as V | null) : null;
        const to = facet?.view ?? null;
        const due = facet === undefined ? null : dueOf(facet.state, at, parameters);
        if (viewsEqual(from, to)) return { facet, due, change: null };
        const cause: Cause = { kind: 'cutover', origin: record.originText, eventId: null };
        return { facet, due, change: { from, to, cause } };
      },
    },
  };
}

/** The parts that all folds have alike. */
export function takeoverOf(
  told: ToldEncoding,
  version: number,
): Pick<Takeover<never, never, never>, 'readTold' | 'encodeMarker'> {
  return {
    readTold: told.read,
    encodeMarker: (timelineOffset, effectiveAt) => told.marker(timelineOffset, effectiveAt, version),
  };
}

const NO_LETTERS: readonly StepLetter[] = [];

function adopt<State, Parameters>(
  score: Score<State, Parameters, View>,
  state: State,
  at: TimeMs,
  before: Parameters,
  after: Parameters,
): State {
  return score.adopt === undefined ? state : score.adopt(state, at, before, after);
}

/** What waited in vain comes before what came now. */
function lettersOf(expired: Expired<unknown> | null, refused: Rejection | null): readonly StepLetter[] {
  const letters: StepLetter[] = [];
  for (const { reason, origin } of expired?.letters ?? []) {
    letters.push({ reason, detail: WAITED_IN_VAIN[reason], waited: placeOf(origin) });
  }
  if (refused !== null) letters.push({ reason: refused.reason, detail: refused.detail, waited: null });
  return letters;
}

/** Every event of a timeline has an origin; what was folded without one stands nowhere. */
function placeOf(origin: string | null): Origin {
  const colon = origin?.lastIndexOf(':') ?? -1;
  return origin === null ? NOWHERE : { topic: origin.slice(0, colon), offset: Number(origin.slice(colon + 1)) };
}

const NOWHERE: Origin = { topic: 'timeline', offset: -1 };

function earlier(a: TimeMs | null, b: TimeMs | null): TimeMs | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

function facetOf<State, V extends View>(
  state: State,
  view: V | null,
  noted: NotedEvents | undefined,
): ScoreFacet<State, V> {
  return noted === undefined ? { state, view } : { state, view, noted };
}

function originOf({ originText, offset }: TimelineRecord): string {
  return originText ?? `timeline:${offset}`;
}

function withNote(noted: NotedEvents | undefined, note: EffectNote, origin: string): NotedEvents {
  const [count, ...origins] = noted?.[note] ?? NONE_NOTED;
  return { ...noted, [note]: [count + 1, ...origins.slice(1 - NOTED_ORIGINS_MAX), origin] };
}

const NONE_NOTED: readonly [count: number, ...origins: string[]] = [0];

/** Why a step's change happened; a policy or an event explains more than the time that passed. */
function causeOf({ event, policyChanged, record }: StepCause): Cause {
  if (policyChanged) return { kind: 'policy', origin: record.originText, eventId: null };
  if (event !== null) return { kind: 'event', origin: record.originText, eventId: record.eventId };
  return { kind: 'silence', origin: null, eventId: null };
}

export function viewsEqual(a: View | null, b: View | null): boolean {
  if (a === null || b === null) return a === b;
  for (const name in a) if (a[name] !== b[name]) return false;
  return true;
}
