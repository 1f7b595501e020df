/** How Redis is run: one server with its replicas, or a Redis Cluster. */
export type RedisMode = 'single' | 'cluster';

/** What is wrong with a server: `problem` refuses it, `warnings` are told. */
export interface ServerVerdict {
  readonly problem: { readonly expected: string; readonly found: string; readonly advice: string } | null;
  readonly warnings: readonly string[];
}

const VERSION_MIN = 7;

/** Judges a server by its answer to INFO. A field that is missing is not judged. */
export function judgeServer(info: string, mode: RedisMode): ServerVerdict {
  const fields = new Map(
    info.split(/\r?\n/).map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
  return { problem: problemOf(fields, mode), warnings: warningsOf(fields) };
}

function problemOf(fields: ReadonlyMap<string, string>, mode: RedisMode): ServerVerdict['problem'] {
  const is = (name: string, value: string): boolean => fields.get(name) === value;
  const version = fields.get('redis_version');
  if (version !== undefined && Number.parseInt(version, 10) < VERSION_MIN) {
    return { expected: `version ${VERSION_MIN} or newer`, found: version, advice: 'Upgrade it.' };
  }
  if (is('cluster_enabled', mode === 'single' ? '1' : '0')) {
    const found = mode === 'single' ? 'a node of a cluster' : 'a server that is in no cluster';
    return { expected: `mode ${mode}`, found, advice: 'Set TIDEMARK_REDIS_MODE to what it is.' };
  }
  if (is('role', 'slave')) {
    return { expected: 'a primary', found: 'a replica', advice: 'Point Tidemark at the primary.' };
  }
  if (is('loading', '1')) {
    return { expected: 'a server with its data', found: 'one that is still loading it', advice: 'It is waited for.' };
  }
  const policy = fields.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction' && !is('maxmemory', '0')) {
    return {
      expected: 'maxmemory-policy noeviction',
      found: policy,
      advice:
        'It would evict state under pressure, which is a loss. Run CONFIG SET maxmemory-policy noeviction and CONFIG ' +
        'REWRITE; it is looked at again by itself.',
    };
  }
  return null;
}

function warningsOf(fields: ReadonlyMap<string, string>): string[] {
  const warnings: string[] = [];
  if (fields.get('aof_enabled') === '0') {
    warnings.push(
      'expected appendonly yes, found no: a restart of Redis goes back to its last snapshot, and the lanes fold again ' +
        'from there. Run CONFIG SET appendonly yes and CONFIG REWRITE.',
    );
  }
  if ((fields.get('aof_last_write_status') ?? 'ok') !== 'ok') {
    warnings.push('expected its append-only file to be written, found a failed write: see its log, and its disk.');
  }
  if ((fields.get('evicted_keys') ?? '0') !== '0') {
    warnings.push(
      'expected no key to be evicted, found that some were since it started: a lane that misses one stops with the fault ' +
        'state-missing. After that is mended, CONFIG RESETSTAT forgets it.',
    );
  }
  return warnings;
}
