export { type CallFaults, type LogFaults, NO_CALL_FAULTS, NO_LOG_FAULTS } from './faults.ts';
export { Random } from './random.ts';
export { SimulatedClock } from './simulated-clock.ts';
export type { SimulatedGroup } from './simulated-group.ts';
export { SimulatedLog } from './simulated-log.ts';
export { type ProcessState, SimulatedProcess } from './simulated-process.ts';
export { type EvictedKey, SimulatedStore, type StoreGuards } from './simulated-store.ts';
export { type RunOptions, type RunOutcome, Simulation } from './simulation.ts';
export { STORE_LOST } from './stored-lane.ts';
