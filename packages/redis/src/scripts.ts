import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A file of `scripts/`: what it does, its keys, arguments and result stand at its top. */
export interface Script {
  readonly name: string;
  readonly source: string;
  readonly sha1: string;
}

export const scripts = {
  about: load('about'),
  acquire: load('acquire'),
  read: load('read'),
  commit: load('commit'),
  clear: load('clear'),
  metas: load('metas'),
  customer: load('customer'),
  customers: load('customers'),
  labelCounts: load('label-counts'),
} as const;

function load(name: string): Script {
  const source = readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8');
  return { name, source, sha1: createHash('sha1').update(source).digest('hex') };
}
