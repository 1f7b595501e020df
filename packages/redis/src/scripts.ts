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
  acquire: loadOnLane('acquire'),
  read: loadOnLane('read'),
  commit: loadOnLane('commit'),
  clear: loadOnLane('clear'),
  metas: load('metas'),
  customer: load('customer'),
  customers: load('customers'),
  labelled: loadOnLane('labelled'),
  labelCounts: loadOnLane('label-counts'),
  timersDue: loadOnLane('timers-due'),
  firstTimerAfter: load('first-timer-after'),
} as const;

function load(name: string): Script {
  return scriptOf(name, read(name));
}

/** A script that begins with `lane.lua`; its own first line says what Redis has to know of it. */
function loadOnLane(name: string): Script {
  const source = read(name);
  const firstLine = source.indexOf('\n') + 1;
  return scriptOf(name, source.slice(0, firstLine) + read('lane') + source.slice(firstLine));
}

function read(name: string): string {
  return readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8');
}

function scriptOf(name: string, source: string): Script {
  return { name, source, sha1: createHash('sha1').update(source).digest('hex') };
}
