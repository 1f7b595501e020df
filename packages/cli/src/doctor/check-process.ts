import {
  ConfigError,
  describeProblem,
  everySetting,
  laneSettings,
  loadConfig,
  pipelineSettings,
  querySettings,
  unifySettings,
  type Environment as Variables,
} from '@tidemark/config';
import { type Check, fail, ok, warn } from './check.ts';

/** Whether this Node is one that `engines` of package.json allows: `>=` and a version. */
export function checkNode(version: string, engines: string): Check {
  const least = /^>=\s*(\d+(?:\.\d+)*)$/.exec(engines)?.[1];
  if (least === undefined)
    return warn('node', `${version}; package.json asks for ${engines}`, 'Compare them yourself.');
  if (compareVersions(version, least) >= 0) return ok('node', `${version}, and ${engines} is asked for`);
  return fail('node', `expected ${engines}, found ${version}`, `Install Node ${least} or newer.`);
}

/** Whether the environment's settings are valid, and the port that they give the pipeline; null if they are not. */
export function checkEnvironment(variables: Variables): { readonly check: Check; readonly port: number | null } {
  try {
    const { query } = loadConfig(ALL_SETTINGS, variables, everySetting);
    return { check: ok('environment', 'the settings are valid'), port: query.port };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(describeProblem);
    const advice = 'Set these variables, or unset them for their defaults.';
    return { check: fail('environment', problems.join('; '), advice), port: null };
  }
}

const ALL_SETTINGS = { pipeline: pipelineSettings, lane: laneSettings, unify: unifySettings, query: querySettings };

/** A port that is taken is as it should be while a pipeline runs. */
export function checkPort(port: number, isFree: boolean, isHeld: boolean): Check {
  if (isFree) return ok('port', `${port} is free`);
  if (isHeld) return ok('port', `${port} is in use, as it may be while a pipeline runs`);
  return warn('port', `${port} is in use by another program`, 'Stop it, or give the pipeline another port.');
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.replace(/^v/, '').split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
