/** How calls fail, as probabilities. */
export interface CallFaults {
  /** Nothing happened, and the caller gets an error. */
  readonly lost: number;
  /** It happened, and the caller gets an error. */
  readonly unknown: number;
  /** The caller gets an error, and later it happens all the same. */
  readonly late: number;
  /** It happens, and the caller hears of it, but the request, the answer or both take their time. */
  readonly slow: number;
  /** It happens twice, as when a client repeats a request whose answer was lost; the caller hears what the second did. */
  readonly repeated: number;
  /** The caller's process crashes before the request leaves ... */
  readonly crashBefore: number;
  /** ... or once it has taken effect, before the answer comes. */
  readonly crashAfter: number;
}

export const NO_CALL_FAULTS: CallFaults = {
  lost: 0,
  unknown: 0,
  late: 0,
  slow: 0,
  repeated: 0,
  crashBefore: 0,
  crashAfter: 0,
};

export interface LogFaults {
  readonly send: CallFaults;
  readonly read: CallFaults;
  readonly commit: CallFaults;
  /** That a batch under way from before a `seek` still arrives. */
  readonly staleBatch: number;
  /** That a batch takes its time. */
  readonly slowBatch: number;
  /** That a member that keeps a lane in a re-join forgets its positions. */
  readonly forgotten: number;
  /** That a member hears late that it lost a lane, or never does. */
  readonly revokedLate: number;
  readonly revokedNever: number;
  /** That a commit of a member that lost the lane is taken all the same. */
  readonly unfencedCommit: number;
}

export const NO_LOG_FAULTS: LogFaults = {
  send: NO_CALL_FAULTS,
  read: NO_CALL_FAULTS,
  commit: NO_CALL_FAULTS,
  staleBatch: 0,
  slowBatch: 0,
  forgotten: 0,
  revokedLate: 0,
  revokedNever: 0,
  unfencedCommit: 0,
};
