import type { TimelineEvent } from '../events.ts';
import type { CommonPolicy, Policy } from '../policy.ts';
import type { TimeMs } from '../time.ts';
import type { ExplainedScore, Measure, MeasureUnit } from './explained-score.ts';
import type { Score } from './score.ts';
import { defaultsOf, type Section, section } from './section.ts';
import { type Switched, switchable } from './switchable.ts';
import type { ViewFields, ViewOf } from './view-field.ts';

/** All that is a facet's own. The pipeline, its topics, schemas, commands and documents are derived from it. */
interface FacetSpec<
  State,
  Parameters,
  Fields extends ViewFields,
  Exact extends string,
  Values,
  Always extends boolean,
  Publishes extends boolean,
> extends Pick<Score<State, Parameters, ViewOf<Fields>>, 'name' | 'version' | 'eventTypes' | 'initial' | 'evolve'>,
    Partial<Pick<Score<State, Parameters, ViewOf<Fields>>, 'adopt' | 'expire' | 'nextExpiryAt'>> {
  /** Its version in the first release that had it, whose state has the facet's own name; by default 1. */
  readonly firstVersion?: number;
  /** For people; by default the name with a capital. */
  readonly title?: string;
  /** What its view is called in sentences; by default the name. */
  readonly subject?: string;
  /** False: its changes go to no topic, tier does not wait for it, and no points can be given for it. */
  readonly publishes?: Publishes;
  /**
   * Every policy has its section, if it has one: it is on from a pipeline's first record. Else it is off until a policy has
   * its section (which gives points for it, or shows it), and costs nothing.
   */
  readonly always?: Always;
  /** It notes what order events changed: readers take from its state why one changed less than it says. */
  readonly notesOrders?: true;
  /** How its lanes write, where nothing waits for its changes. */
  readonly pace?: Pace;
  /** The attributes of the view, in the order of its properties; by default none, and nothing is ever due. */
  readonly view?: Fields;
  /** Units of the exact values, in the order in which `exactAt` gives them. */
  readonly exact: Readonly<Record<Exact, MeasureUnit | ExactWords>>;
  /** By default none, or, where the section is what switches the facet on, an empty one. */
  readonly policy?: Section<Values>;
  /** What the fold takes of a policy; by default the section as it is. */
  parametersOf?(section: Values, common: CommonPolicy): Parameters;
  viewAt?(state: State, at: TimeMs, parameters: Parameters): ViewOf<Fields> | null;
  nextDueAt?(state: State, at: TimeMs, parameters: Parameters): TimeMs | null;
  exactAt(state: State, at: TimeMs, parameters: Parameters): ExactValues<Exact>;
  /** One for each attribute, from the view and the exact values of one moment; by default without inputs and bands. */
  measuresAt?(view: ViewOf<Fields>, exact: ExactValues<Exact>, parameters: Parameters): readonly Measure[];
  readonly batch: Batch<ViewOf<Fields>, Exact, Values>;
  /** How far `exactAt` may be from the batch, relative to the value, where the order of arrival rounds; by default 0. */
  readonly rounds?: number;
}

export type ExactValues<Exact extends string> = Readonly<Record<Exact, number | null>>;

export interface ExactWords {
  readonly unit: MeasureUnit;
  /** In the export; by default `<facet>_<value>`, and `<facet>` where the value has the facet's name. */
  readonly column?: string;
}

export interface Pace {
  readonly lingerMs: number;
  /** A chunk takes at least so many steps. */
  readonly stepsMin: number;
}

/** What came while a policy was in force. */
export interface Epoch<Values = unknown> {
  readonly section: Values;
  readonly common: CommonPolicy;
  /** When the policy came into force. */
  readonly from: TimeMs;
  /** In order of arrival; `at` is the stream time at which the event came. */
  readonly arrivals: readonly { readonly event: TimelineEvent; readonly at: TimeMs }[];
}

/**
 * The view at `at`, and exact values that the batch knows, from a customer's whole history at once: the plain definition
 * that the fold must equal, for any order of arrival within the history.
 */
export type Batch<V, Exact extends string, Values> = (
  epochs: readonly Epoch<Values>[],
  at: TimeMs,
) => { readonly view: V | null; readonly exact?: Partial<ExactValues<Exact>> };

/** A facet, with what its spec leaves out filled in. `score` is what folds run. */
export interface Facet<
  State,
  Parameters,
  Fields extends ViewFields,
  Values,
  Always extends boolean,
  Publishes extends boolean,
> {
  readonly name: string;
  readonly firstVersion: number;
  readonly title: string;
  readonly subject: string;
  readonly publishes: Publishes;
  readonly always: Always;
  readonly notesOrders: boolean;
  readonly pace: Pace | null;
  readonly view: Fields;
  readonly exact: Readonly<Record<string, ExactWords>>;
  readonly policy: Section<Values> | null;
  readonly score: ExplainedScore<State, Parameters, ViewOf<Fields>>;
  readonly batch: Batch<ViewOf<Fields>, string, Values>;
  readonly rounds: number;
}

export function facet<
  State,
  Parameters,
  const Fields extends ViewFields,
  Exact extends string,
  Values = undefined,
  const Always extends boolean = false,
  const Publishes extends boolean = true,
>(
  spec: FacetSpec<State, Parameters, Fields, Exact, Values, Always, Publishes>,
): Facet<State, Always extends true ? Parameters : Switched<Parameters>, Fields, Values, Always, Publishes> {
  const { name, exact } = spec;
  const always = spec.always ?? false;
  const policy = spec.policy ?? (always ? null : (section({}) as Section<Values>));
  const score = scoreOf(spec);
  const words = Object.entries<MeasureUnit | ExactWords>(exact).map(([value, unit]) => {
    return [value, typeof unit === 'string' ? { unit } : unit] as const;
  });
  return {
    name,
    firstVersion: spec.firstVersion ?? 1,
    title: spec.title ?? name.charAt(0).toUpperCase() + name.slice(1),
    subject: spec.subject ?? name,
    publishes: (spec.publishes ?? true) as Publishes,
    always: always as Always,
    notesOrders: spec.notesOrders ?? false,
    pace: spec.pace ?? null,
    view: spec.view ?? ({} as Fields),
    exact: Object.fromEntries(words),
    policy,
    score: (always || policy === null ? score : switchedBy(policy, spec, score)) as ExplainedScore<
      State,
      Always extends true ? Parameters : Switched<Parameters>,
      ViewOf<Fields>
    >,
    batch: spec.batch,
    rounds: spec.rounds ?? 0,
  };
}

/** The facet's own functions, as they are: what a step calls has no layer more than a score written by hand. */
function scoreOf<State, Parameters, Fields extends ViewFields, Exact extends string, Values>(
  spec: FacetSpec<State, Parameters, Fields, Exact, Values, boolean, boolean>,
): ExplainedScore<State, Parameters, ViewOf<Fields>> {
  const { name, version, eventTypes, initial, evolve, exactAt } = spec;
  const { viewAt = nothing, nextDueAt = nothing } = spec;
  const { measuresAt = withoutInputs, adopt, expire, nextExpiryAt } = spec;
  return {
    name,
    version,
    eventTypes,
    initial,
    parametersOf: (policy: Policy) => ownParameters(spec, sectionOf(policy, name), policy),
    evolve,
    view: viewAt,
    nextDueAt,
    ...(nextExpiryAt === undefined ? {} : { nextExpiryAt }),
    ...(expire === undefined ? {} : { expire }),
    ...(adopt === undefined ? {} : { adopt }),
    exact: exactAt,
    measures(state, at, parameters) {
      const view = viewAt(state, at, parameters);
      return view === null ? [] : measuresAt(view, exactAt(state, at, parameters), parameters);
    },
  };
}

function switchedBy<State, Parameters, Fields extends ViewFields, Exact extends string, Values>(
  policy: Section,
  spec: FacetSpec<State, Parameters, Fields, Exact, Values, boolean, boolean>,
  score: ExplainedScore<State, Parameters, ViewOf<Fields>>,
): ExplainedScore<State, Switched<Parameters>, ViewOf<Fields>> {
  const defaults = defaultsOf(policy);
  const sectionFor = (rules: Policy) => sectionOf(rules, spec.name) ?? defaults;
  return switchable(
    score,
    (rules) => sectionOf(rules, spec.name) !== undefined,
    (rules) => (sectionFor(rules) === null ? null : ownParameters(spec, sectionFor(rules), rules)),
    Object.keys(spec.exact),
  );
}

function ownParameters<Parameters, Values>(
  { parametersOf = sectionAsItIs }: { parametersOf?(section: Values, common: CommonPolicy): Parameters },
  values: unknown,
  policy: Policy,
): Parameters {
  return parametersOf(values as Values, policy);
}

/** A facet's section of a policy; undefined where it has none. */
export function sectionOf(policy: Policy, facetName: string): unknown {
  return (policy as unknown as Readonly<Record<string, unknown>>)[facetName];
}

function nothing(): null {
  return null;
}

function sectionAsItIs<Parameters>(section: unknown): Parameters {
  return section as Parameters;
}

function withoutInputs(view: Readonly<Record<string, string | number>>): readonly Measure[] {
  return Object.entries(view).map(([attribute, value]) => ({ attribute, value, inputs: [], band: null }));
}
