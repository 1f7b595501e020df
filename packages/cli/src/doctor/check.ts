/** What was looked at, and what to do where it is not as it should be. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** Null where nothing is to be done. */
  readonly advice: string | null;
}

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail, advice: null };
}

/** It works, or will; somebody should know. */
export function warn(name: string, detail: string, advice: string): Check {
  return { name, status: 'warn', detail, advice };
}

/** It does not work until somebody mends it. */
export function fail(name: string, detail: string, advice: string): Check {
  return { name, status: 'fail', detail, advice };
}
