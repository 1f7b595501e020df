export type { Emit, PlainOutput } from './plain-fold/output.ts';
export { plainScoreWiring } from './plain-fold/score-wiring.ts';
export { type PlainFoldResult, type PlainFoldWiring, type PlainScoreWiring, plainFold } from './plain-fold.ts';
export {
  type CallFaults,
  type LogFaults,
  NO_CALL_FAULTS,
  NO_LOG_FAULTS,
  type ProcessState,
  Random,
  type RunOptions,
  type RunOutcome,
  SimulatedClock,
  type SimulatedGroup,
  SimulatedLog,
  SimulatedProcess,
  SimulatedStore,
  Simulation,
  type StoreGuards,
} from './simulation/index.ts';
