import type { Subscription } from '@tidemark/stream';
import type { ConsumerConfig } from 'kafkajs';
import { laneAssigner } from './lane-assigner.ts';
import type { Names } from './names.ts';

/** With every input paused a fetch sleeps so long; 5 s by default. A patient reader's waits so long for enough bytes. */
const FETCH_WAIT_MS = 250;
const PATIENT_FETCH_BYTES = 512 * 1_024;
/** Heartbeats go out around fetches and batches, at most so often; 3 s by default. */
const HEARTBEAT_MS = 500;
const REBALANCE_TIMEOUT_MS = 30_000;
/** Of one lane of one topic at once, and of all. A larger batch comes whole. */
const FETCH_BYTES_PER_LANE = 1_024 * 1_024;
const FETCH_BYTES_MAX = 10 * 1_024 * 1_024;

export interface ConsumerOptions {
  readonly lanes: number;
  /** Milliseconds after which a member that is silent counts as dead. */
  readonly sessionTimeoutMs: number;
}

/** How kafkajs joins and fetches for a subscription. */
export function consumerSettings(
  { group, isPatient }: Subscription,
  { lanes, sessionTimeoutMs }: ConsumerOptions,
  names: Names,
): ConsumerConfig {
  return {
    groupId: names.group(group),
    partitionAssigners: [laneAssigner(lanes)],
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: Math.max(REBALANCE_TIMEOUT_MS, sessionTimeoutMs),
    heartbeatInterval: Math.min(HEARTBEAT_MS, Math.floor(sessionTimeoutMs / 3)),
    maxWaitTimeInMs: FETCH_WAIT_MS,
    minBytes: isPatient === true ? PATIENT_FETCH_BYTES : 1,
    maxBytesPerPartition: FETCH_BYTES_PER_LANE,
    maxBytes: FETCH_BYTES_MAX,
    allowAutoTopicCreation: false,
  };
}
