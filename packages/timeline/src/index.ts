export { type AcceptedEvent, accept, type Candidate, type RefusedEvent } from './accept.ts';
export { type JudgedControl, readJudgedControl } from './judged-control.ts';
export { judgePolicy, type PolicyInForce } from './lane-policy.ts';
export { placeFault } from './place-fault.ts';
export { startTimeline, type UnifyServicePorts } from './start-timeline.ts';
export { UnifyLane, type UnifyLaneStatus, type UnifyOptions } from './unify-lane.ts';
export type { UnifyObserver } from './unify-observer.ts';
export { type UnifyRules, unifyRules } from './unify-rules.ts';
