import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@tidemark/testkit';
import type { Redis } from 'ioredis';
import type { AppendOnlyFile } from './append-only-file.ts';
import type { Fleet, Member } from './fleet.ts';
import type { ChaosStack, Proxies } from './set-up.ts';
import type { Disturbance } from './tcp-proxy.ts';

/** What faults befall. */
export interface Battlefield {
  readonly stack: ChaosStack;
  readonly fleet: Fleet;
  /** In front of each server, by its name. */
  readonly proxies: Proxies;
  readonly redis: Redis;
  readonly appendOnlyFile: AppendOnlyFile;
  /** After so long a silence a member of a group counts as dead. */
  readonly sessionTimeoutMs: number;
}

interface Fault {
  /** Two faults of one target are never at work at the same time. */
  readonly target: 'services' | 'redis' | 'kafka' | 'network';
  /** Does it, lets it last, and undoes it. Resolves at its end to what it was, for people. */
  befall(field: Battlefield, random: Random): Promise<string>;
}

export const FAULT_NAMES = [
  'kill',
  'suspend',
  'restarts',
  'redis-kill',
  'redis-cut',
  'redis-flush',
  'kafka-kill',
  'delay',
  'drop',
  'reset',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

export const faults: Readonly<Record<FaultName, Fault>> = {
  kill: { target: 'services', befall: kill },
  suspend: { target: 'services', befall: suspend },
  restarts: { target: 'services', befall: restarts },
  'redis-kill': { target: 'redis', befall: killRedis },
  'redis-cut': { target: 'redis', befall: cutRedis },
  'redis-flush': { target: 'redis', befall: flushRedis },
  'kafka-kill': { target: 'kafka', befall: killKafka },
  delay: { target: 'network', befall: (field, random) => disturb(field, random, 'delay') },
  drop: { target: 'network', befall: (field, random) => disturb(field, random, 'drop') },
  reset: { target: 'network', befall: (field, random) => disturb(field, random, 'reset') },
};

/** Some services at once, by kill -9; a platform starts them anew at once, or after a while. */
async function kill({ fleet }: Battlefield, random: Random): Promise<string> {
  const members = random.shuffled(fleet.members).slice(0, random.between(1, 3));
  await Promise.all(
    members.map(async (member) => {
      await fleet.kill(member);
      await sleep(random.chance(0.5) ? 0 : random.between(200, 3_000));
      await fleet.start(member);
    }),
  );
  return namesOf(members);
}

/** Its lanes go to others meanwhile; then it wakes up and believes that they are still its own. */
async function suspend({ fleet, sessionTimeoutMs }: Battlefield, random: Random): Promise<string> {
  const members = random.shuffled(fleet.members).slice(0, random.between(1, 2));
  const lastsMs = sessionTimeoutMs + random.between(500, 2_500);
  for (const member of members) fleet.suspend(member);
  await sleep(lastsMs);
  for (const member of members) fleet.resume(member);
  return `${namesOf(members)} for ${lastsMs} ms`;
}

/** Services stopped and started every second or two: lanes move all the time. */
async function restarts({ fleet }: Battlefield, random: Random): Promise<string> {
  const restarted: Member[] = [];
  for (let round = random.between(3, 6); round > 0; round--) {
    const member = random.pick(fleet.members);
    restarted.push(member);
    // While it stops it still holds its lanes, and its successor joins.
    await Promise.all([
      random.chance(0.7) ? fleet.terminate(member) : fleet.kill(member),
      sleep(random.between(500, 2_000)),
    ]);
    await fleet.start(member);
  }
  return namesOf(restarted);
}

async function killRedis({ stack }: Battlefield, random: Random): Promise<string> {
  const awayMs = random.between(0, 3_000);
  await stack.redis.kill();
  await sleep(awayMs);
  await stack.redis.restart();
  return `away for ${awayMs} ms`;
}

/** State goes back by seconds, behind what was published; the services see a server that was away for a moment. */
async function cutRedis({ stack, appendOnlyFile }: Battlefield, random: Random): Promise<string> {
  const ms = random.between(1_000, 6_000);
  await stack.redis.kill();
  const bytes = appendOnlyFile.cut(ms);
  await stack.redis.restart();
  return `back by ${ms} ms, ${bytes} bytes`;
}

async function flushRedis({ redis }: Battlefield): Promise<string> {
  await redis.flushall();
  return 'all state';
}

async function killKafka({ stack }: Battlefield, random: Random): Promise<string> {
  const awayMs = random.between(0, 3_000);
  await stack.kafka.kill();
  await sleep(awayMs);
  await stack.kafka.restart();
  return `away for ${awayMs} ms and its start`;
}

async function disturb({ proxies }: Battlefield, random: Random, kind: Disturbance['kind']): Promise<string> {
  const name = random.weighted({ kafka: 5, redis: 5, registry: 1 });
  const share = random.pick([0.3, 0.6, 1]);
  const delayMsMax = random.pick([50, 300, 1_500]);
  const chance = random.fork();
  const lastsMs = random.between(2_000, 5_000);
  proxies[name].disturb({
    kind,
    befalls: () => chance.chance(share),
    delayMs: () => chance.between(0, delayMsMax),
  });
  await sleep(lastsMs);
  proxies[name].calm();
  return `${name}, ${share} of connections for ${lastsMs} ms${kind === 'delay' ? `, up to ${delayMsMax} ms` : ''}`;
}

function namesOf(members: readonly Member[]): string {
  return members.map(({ name }) => name).join(', ');
}
