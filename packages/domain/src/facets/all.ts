// Every facet: a folder beside this file, and a line here. Its name is that of its export.
export { behaviour } from './behaviour/behaviour.ts';
export { churn } from './churn/churn.ts';
export { profile } from './profile/profile.ts';
export { rfm } from './rfm/rfm.ts';
export { visits } from './visits/visits.ts';
