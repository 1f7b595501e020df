import { EFFECT_SENTENCES } from '@tidemark/domain';

/** What a metric may be told apart by. Each has few values, all of them known to the program: never a customer's data. */
export type MetricLabel =
  | 'service'
  | 'lane'
  | 'topic'
  | 'type'
  | 'reason'
  | 'code'
  | 'version'
  | 'node'
  | 'source'
  | 'verdict'
  | 'status';

export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** The heading under which the documentation lists it. */
  readonly about: 'Folding' | 'Publishing' | 'The door' | 'Accepting' | 'Where lanes are' | 'Trouble' | 'The process';
  /** One sentence, without a final stop, as Prometheus shows it. */
  readonly help: string;
  readonly labels: readonly MetricLabel[];
  /** Upper bounds, for a histogram. */
  readonly buckets?: readonly number[];
  /** What a person should know who looks at it, in Markdown. */
  readonly meaning: string;
  /** When to wake or tell somebody, in Markdown. */
  readonly alert?: string;
  readonly query?: string;
}

/** From a read of a local file to a store that is close to its time limit. */
const DURATION_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** From the best that a local pipeline does to one that is minutes behind. */
const LATENCY_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** From what a way through a network takes to a clock that was never set. */
const SKEW_SECONDS = [1, 5, 60, 300, 3_600, 86_400];
const CHUNK_STEPS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000];

/** Every metric there is. Registration, the typed ways to move one, and docs/metrics.md follow from this table. */
export const metricTable = {
  tidemark_events_folded_total: {
    type: 'counter',
    about: 'Folding',
    help: "Steps of customers' own events that were committed, by service and timeline type",
    labels: ['service', 'type'],
    meaning: 'An event counts once in each service that wants its type, when the chunk that holds it is committed.',
    query: 'sum by (service, type) (rate(tidemark_events_folded_total[5m]))',
  },
  tidemark_records_folded_total: {
    type: 'counter',
    about: 'Folding',
    help: 'Timeline records that are done, by service and lane',
    labels: ['service', 'lane'],
    meaning: 'Includes ticks, policies and records that the service has no use for: it shows how fast a lane moves.',
    query: 'sum by (service) (rate(tidemark_records_folded_total[5m]))',
  },
  tidemark_steps_total: {
    type: 'counter',
    about: 'Folding',
    help: 'Steps that were committed, each looked-at record counting as one, by service',
    labels: ['service'],
    meaning: 'The work done. Far more steps than records mean waves: timers that fire, or a new policy.',
  },
  tidemark_timers_fired_total: {
    type: 'counter',
    about: 'Folding',
    help: "Steps of customers' timers that were committed, by service",
    labels: ['service'],
    meaning:
      'Changes that come because nothing happened. A pipeline on the wall clock should never be without any for days.',
  },
  tidemark_chunk_steps: {
    type: 'histogram',
    about: 'Folding',
    help: 'Steps in a committed chunk, by service',
    labels: ['service'],
    buckets: CHUNK_STEPS,
    meaning: 'Small chunks mean that the lane keeps up; chunks at the bound mean that it catches up.',
  },
  tidemark_chunk_duration_seconds: {
    type: 'histogram',
    about: 'Folding',
    help: 'Time for a chunk from reading the state to the end of its commit, by service',
    labels: ['service'],
    buckets: DURATION_SECONDS,
    meaning:
      'What is left after `tidemark_state_read_duration_seconds` and `tidemark_commit_duration_seconds` is computing.',
    query: 'histogram_quantile(0.99, sum by (service, le) (rate(tidemark_chunk_duration_seconds_bucket[5m])))',
  },
  tidemark_state_read_duration_seconds: {
    type: 'histogram',
    about: 'Folding',
    help: "Time to read a chunk's customers and due timers from the store, by service",
    labels: ['service'],
    buckets: DURATION_SECONDS,
    meaning: 'One round trip. It grows with the misses of the cache and with trouble of the store.',
  },
  tidemark_commit_duration_seconds: {
    type: 'histogram',
    about: 'Folding',
    help: 'Time to commit a chunk to the store, by service',
    labels: ['service'],
    buckets: DURATION_SECONDS,
    meaning: 'One atomic write. It holds up the lane.',
    alert: 'The 99th percentile stays above 1 s: look at the store.',
    query: 'histogram_quantile(0.99, sum by (service, le) (rate(tidemark_commit_duration_seconds_bucket[5m])))',
  },
  tidemark_cache_hits_total: {
    type: 'counter',
    about: 'Folding',
    help: 'Customers of committed chunks whose state was in memory, by service; hit ratio: rate(hits) / (rate(hits) + rate(misses))',
    labels: ['service'],
    meaning: 'The hit ratio says whether the cache holds the customers that are active.',
    query:
      'sum by (service) (rate(tidemark_cache_hits_total[5m]))\n  / (sum by (service) (rate(tidemark_cache_hits_total[5m])) + sum by (service) (rate(tidemark_cache_misses_total[5m])))',
  },
  tidemark_cache_misses_total: {
    type: 'counter',
    about: 'Folding',
    help: 'Customers of committed chunks whose state was read from the store, by service; see tidemark_cache_hits_total',
    labels: ['service'],
    meaning: 'A new customer is a miss, once.',
  },
  tidemark_repeats_dropped_total: {
    type: 'counter',
    about: 'Folding',
    help: 'Timeline records dropped because their origin had been folded before, by service',
    labels: ['service'],
    meaning:
      'Harmless: unify repeated what it had sent, after a crash or a lost acknowledgement. A steady rate means that ' +
      'unify keeps starting again; see `tidemark_retries_total` and `tidemark_lane_acquisitions_total`.',
  },
  tidemark_changes_published_total: {
    type: 'counter',
    about: 'Publishing',
    help: 'Changes that the log has acknowledged, by service; those of tier are the records of tier-changes',
    labels: ['service'],
    meaning:
      'A change that was sent twice counts twice; readers drop it by its number. Dead letters are not among them.',
    query: 'rate(tidemark_changes_published_total{service="tier"}[5m])',
  },
  tidemark_tier_change_latency_seconds: {
    type: 'histogram',
    about: 'Publishing',
    help: "Time from the log's taking a raw record to its acknowledging the tier change that followed",
    labels: [],
    buckets: LATENCY_SECONDS,
    meaning:
      'What a customer of the pipeline waits. Measured on the wall clock of two machines, so it is as right as they ' +
      'agree. Changes on the event clock, from ticks, and from before a restart have no raw record to measure from.',
    alert: 'The 99th percentile leaves what was promised to those who read tier changes.',
    query: 'histogram_quantile(0.99, sum by (le) (rate(tidemark_tier_change_latency_seconds_bucket[5m])))',
  },
  tidemark_outbox_records: {
    type: 'gauge',
    about: 'Publishing',
    help: 'Committed outputs that wait for the log, by service and lane',
    labels: ['service', 'lane'],
    meaning: 'At its bound the lane stops folding until the log takes outputs again.',
  },
  tidemark_outbox_waiting_seconds: {
    type: 'gauge',
    about: 'Publishing',
    help: 'How long the log has acknowledged nothing although outputs wait, by service and lane; 0 while none waits',
    labels: ['service', 'lane'],
    meaning: 'The age of what is stuck, not of each output.',
    alert: 'Above 30 s: the log does not take writes.',
    query: 'max by (service) (tidemark_outbox_waiting_seconds)',
  },
  tidemark_door_events_total: {
    type: 'counter',
    about: 'The door',
    help: 'Events that came through the door, by source, type and verdict',
    labels: ['source', 'type', 'verdict'],
    meaning:
      '`type` is that of the call, `webhook` or `cloud-event`. `accepted` events are in the log, `refused` ones dead letters; `ignored` ones are of no use here, and nothing is written. Sources are those of the sources file.',
    alert: 'A source of which more than a tenth is refused.',
    query: 'sum by (source, verdict) (rate(tidemark_door_events_total[5m]))',
  },
  tidemark_door_requests_total: {
    type: 'counter',
    about: 'The door',
    help: 'Requests that the door answered, by status',
    labels: ['status'],
    meaning: '429: a source sends more than its limit. 503: the log is away, or a replay runs; senders try again.',
    query: 'sum by (status) (rate(tidemark_door_requests_total[5m]))',
  },
  tidemark_door_unknown_keys_total: {
    type: 'counter',
    about: 'The door',
    help: 'Requests without a key or signature of a source, which were answered 401',
    labels: [],
    meaning: 'SDKs give up what was answered so: what they had is lost to Tidemark.',
    alert: 'A steady rate: a key was taken out that is still used, or somebody guesses.',
    query: 'rate(tidemark_door_unknown_keys_total[5m])',
  },
  tidemark_door_request_duration_seconds: {
    type: 'histogram',
    about: 'The door',
    help: 'Time from the head of a request to its answer',
    labels: [],
    buckets: DURATION_SECONDS,
    meaning: 'Includes the way of the body, and the log: an answer of 200 comes when all is durable.',
    query: 'histogram_quantile(0.99, sum by (le) (rate(tidemark_door_request_duration_seconds_bucket[5m])))',
  },
  tidemark_door_body_bytes_total: {
    type: 'counter',
    about: 'The door',
    help: 'Bytes of bodies, inflated, by source',
    labels: ['source'],
    meaning: 'How much a source sends.',
    query: 'sum by (source) (rate(tidemark_door_body_bytes_total[5m]))',
  },
  tidemark_door_clock_skew_seconds: {
    type: 'histogram',
    about: 'The door',
    help: 'By how much the clock of whoever sent a request differs from ours, by source, either way',
    labels: ['source'],
    buckets: SKEW_SECONDS,
    meaning:
      'Where requests say when they were sent. Beyond 60 s times of browsers are put right, beyond a day their events are dead letters; servers are believed, so theirs should be right.',
    alert: 'More than a tenth of what a source sends is off by more than five minutes.',
    query: 'histogram_quantile(0.9, sum by (source, le) (rate(tidemark_door_clock_skew_seconds_bucket[15m])))',
  },
  tidemark_events_accepted_total: {
    type: 'counter',
    about: 'Accepting',
    help: 'Events that unify put on the timeline, by lane',
    labels: ['lane'],
    meaning: 'Lanes that differ much have busy customers: a lane cannot be split.',
    alert: 'Nothing for longer than the producers are ever silent.',
    query: 'sum(rate(tidemark_events_accepted_total[5m]))',
  },
  tidemark_duplicates_dropped_total: {
    type: 'counter',
    about: 'Accepting',
    help: 'Records dropped by unify because the timeline had them already, by lane: an event by its id, an order by what its event says, a policy by its number',
    labels: ['lane'],
    meaning:
      'Producers that send again. Only what is repeated within the dedup window is noticed: an event with the topic, customer ' +
      "and eventId of another, or an order's event that is another in all but its eventId. A policy is dropped if its " +
      'number is no greater than that of the one in force.',
  },
  tidemark_dedup_window_seconds: {
    type: 'gauge',
    about: 'Accepting',
    help: 'How far back before the log time a repeated event is noticed, by lane',
    labels: ['lane'],
    meaning:
      'At most an hour, and less where more than 1,000,000 events fell into the last hour, or fewer than an hour is known.',
    alert: 'Shorter than the time within which your producers send again, on a lane that has been busy for longer.',
    query: 'min(tidemark_dedup_window_seconds)',
  },
  tidemark_lag_records: {
    type: 'gauge',
    about: 'Where lanes are',
    help: 'Records between the place of the lane and the end of the topic that it reads, by service, lane and topic',
    labels: ['service', 'lane', 'topic'],
    meaning:
      'For a fold the topic is the timeline, for unify each of the raw topics. Absent while the log does not answer. ' +
      'Sampled at most once in 5 s.',
    alert: 'Grows for 10 min.',
    query: 'sum by (service) (tidemark_lag_records)',
  },
  tidemark_stream_time_behind_seconds: {
    type: 'gauge',
    about: 'Where lanes are',
    help: 'Wall clock minus stream time (unify: log time), by service and lane',
    labels: ['service', 'lane'],
    meaning:
      'How old the newest moment is that the lane knows of. On the wall clock a fold that has folded all there is says 0, ' +
      "and unify's log time is 31 s old at the most, because it ticks silent lanes; on the event clock it is as old as the " +
      'data. Absent before the first record.',
    alert: 'Above 45 s on a live lane.',
    query: 'max by (service) (tidemark_stream_time_behind_seconds and on (service, lane) tidemark_lane_live == 1)',
  },
  tidemark_timers_overdue: {
    type: 'gauge',
    about: 'Where lanes are',
    help: 'Timers due at or before the stream time that have not fired, by service and lane',
    labels: ['service', 'lane'],
    meaning: 'Above 0 only while a wave of timers is being folded. Absent while the store does not answer.',
    alert: 'Above 0 and not falling for 10 min.',
  },
  tidemark_lanes_owned: {
    type: 'gauge',
    about: 'Where lanes are',
    help: 'Lanes that this process works on, by service',
    labels: ['service'],
    meaning: 'Over all processes, each service should own every lane once.',
    alert: 'The sum over processes is not the number of lanes for 5 min.',
    query: 'sum by (service) (tidemark_lanes_owned)',
  },
  tidemark_lane_acquired: {
    type: 'gauge',
    about: 'Where lanes are',
    help: '1 for a lane that is being worked on, 0 for one that is starting, in trouble or stopped, by service and lane',
    labels: ['service', 'lane'],
    meaning: 'A lane is not acquired before its place was checked, and while the log or the store is away.',
    alert: '0 for 2 min.',
  },
  tidemark_lane_live: {
    type: 'gauge',
    about: 'Where lanes are',
    help: '1 for a lane on the wall clock, 0 for one on the event clock, by service and lane',
    labels: ['service', 'lane'],
    meaning: 'Absent before the first record.',
  },
  tidemark_lane_clock_ahead_seconds: {
    type: 'gauge',
    about: 'Where lanes are',
    help: 'By how much the stream time (unify: log time) of a lane on the wall clock is ahead of it, by service and lane',
    labels: ['service', 'lane'],
    meaning:
      '0 on the event clock, and for a lane that is not ahead. Milliseconds between machines are usual. A lane that is ' +
      'ahead stays so until the wall clock gets there: what happens today is old to it.',
    alert: 'Above 5 min.',
    query: 'max by (service) (tidemark_lane_clock_ahead_seconds) > 300',
  },
  tidemark_lane_waiting: {
    type: 'gauge',
    about: 'Where lanes are',
    help: '1 for a change topic that the next record of the lane waits for, by service, lane and topic',
    labels: ['service', 'lane', 'topic'],
    meaning: 'Tier waits until each score has shown progress. For moments this is normal.',
    alert: 'Lasts 5 min: the score that writes the topic has stopped.',
    query: 'min_over_time(tidemark_lane_waiting[5m]) == 1',
  },
  tidemark_progress_age_seconds: {
    type: 'gauge',
    about: 'Where lanes are',
    help: 'Time since the service last committed or sent anything here, by service',
    labels: ['service'],
    meaning: 'Absent before the first time. What `/livez` looks at, together with the lag.',
  },
  tidemark_dead_letters_total: {
    type: 'counter',
    about: 'Trouble',
    help: 'Records that could not be accepted or folded, by service and reason',
    labels: ['service', 'reason'],
    meaning:
      'The [runbook](runbook/dead-letters.md) has a section on each reason. The records are in the topic dead-letters, with what ' +
      'was expected.',
    alert: 'Any with the reason `poison` (a bug of a fold: the log has the stack); for the others, a rate that is new.',
    query: 'sum by (service, reason) (increase(tidemark_dead_letters_total[1h]))',
  },
  tidemark_events_without_effect_total: {
    type: 'counter',
    about: 'Trouble',
    help: 'Events that changed nothing, or less than they say, by the service that noted it and the reason',
    labels: ['service', 'reason'],
    meaning:
      'No records are lost: they are on the timeline, and `GET /v1/profiles/{id}/timeline` shows the reason with the event. ' +
      `${Object.entries(EFFECT_SENTENCES)
        .map(([note, sentence]) => `\`${note}\`: ${sentence}`)
        .join(' ')} What unify drops is counted in \`tidemark_duplicates_dropped_total\`.`,
    query: 'sum by (service, reason) (increase(tidemark_events_without_effect_total[1h]))',
  },
  tidemark_commits_refused_total: {
    type: 'counter',
    about: 'Trouble',
    help: 'Commits refused because another owner of the lane was first, by service and lane',
    labels: ['service', 'lane'],
    meaning: 'Normal for a moment when lanes move to another process; nothing is lost or done twice.',
    alert: 'A steady rate: two processes hold on to the same lane.',
    query: 'sum by (service) (rate(tidemark_commits_refused_total[10m]))',
  },
  tidemark_lane_acquisitions_total: {
    type: 'counter',
    about: 'Trouble',
    help: 'How often a lane was taken up, by service and lane',
    labels: ['service', 'lane'],
    meaning: 'Once at the start, and again after a move to another process, a refused commit or an outage.',
    alert: 'A steady rate: the group keeps rebalancing.',
  },
  tidemark_retries_total: {
    type: 'counter',
    about: 'Trouble',
    help: 'Attempts that failed and are made again, by service and code',
    labels: ['service', 'code'],
    meaning:
      'The log (`log-unavailable`), the store (`store-unavailable`) or the registry (`registry-unavailable`) is away, the data folder gone (`data-folder-gone`), its disk full (`disk-full`).',
    alert: 'A rate above 0 for 5 min.',
    query: 'sum by (service, code) (rate(tidemark_retries_total[5m])) > 0',
  },
  tidemark_faults_total: {
    type: 'counter',
    about: 'Trouble',
    help: 'Lanes that stopped because going on would publish something wrong, by service, lane and code',
    labels: ['service', 'lane', 'code'],
    meaning: 'The lane stays stopped until an operator has mended the cause. The log and `/readyz` say what to do.',
  },
  tidemark_lane_faulted: {
    type: 'gauge',
    about: 'Trouble',
    help: '1 for a lane that is stopped by a fault now, 0 otherwise, by service and lane',
    labels: ['service', 'lane'],
    meaning: 'Unlike the counter it goes back to 0 once the lane was taken up again.',
    alert: 'Any: the lane does not go on by itself.',
    query: 'tidemark_lane_faulted == 1',
  },
  tidemark_crashes_total: {
    type: 'counter',
    about: 'Trouble',
    help: 'Programmer errors that ended a lane, by service',
    labels: ['service'],
    meaning: '`/livez` fails from then on, so that the process is started anew. The log has the stack.',
    alert: 'Any.',
    query: 'increase(tidemark_crashes_total[15m]) > 0',
  },
  tidemark_sample_failures_total: {
    type: 'counter',
    about: 'Trouble',
    help: 'Questions for the metrics of lanes that the log or the store did not answer in time',
    labels: [],
    meaning: 'While it grows, lag and overdue timers of some lanes are absent, instead of old.',
  },
  tidemark_build_info: {
    type: 'gauge',
    about: 'The process',
    help: 'Always 1; the labels say which version of Tidemark and of Node runs',
    labels: ['version', 'node'],
    meaning: 'Join it to see since when a version runs.',
    query: 'count by (version) (tidemark_build_info)',
  },
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof metricTable;
export type MetricNameOf<Type extends MetricSpec['type']> = {
  [Name in MetricName]: (typeof metricTable)[Name]['type'] extends Type ? Name : never;
}[MetricName];
/** A value for each label of the metric, and for no other. */
export type LabelsOf<Name extends MetricName> = Readonly<
  Record<(typeof metricTable)[Name]['labels'][number], string | number>
>;

/** The table's rows, with what is optional in them. */
export const metrics = Object.entries(metricTable) as readonly (readonly [MetricName, MetricSpec])[];
