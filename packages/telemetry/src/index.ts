export { CLOCK_AHEAD_ADVICE } from './advice.ts';
export type { HealthCheck, HealthReport } from './health/health-report.ts';
export { createLogger, type LoggerOptions } from './log/create-logger.ts';
export { type SafeError, safeError } from './log/safe-error.ts';
export { nameLanes } from './name-lanes.ts';
export { observers, unifyObservers } from './observers.ts';
export { runbook } from './runbook.ts';
export { createTelemetry, type Telemetry, type TelemetryOptions, type TelemetryPorts } from './telemetry.ts';
export { Throttle } from './throttle.ts';
