export { requireServer } from './servers-available.ts';
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
