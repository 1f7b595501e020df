import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceProcess, type Variables } from '../stack/service-process.ts';

/** A place in the fleet: a service that should be there, whichever process it is at the moment. */
export interface Member {
  /** Such as `rfm-2`. */
  readonly name: string;
  readonly service: string;
}

/** A process that nobody had asked to end. */
export interface SelfEnded {
  readonly member: string;
  readonly code: number | null;
  readonly lastWords: string;
}

/** As a platform would, before it starts a process anew. */
const RESTART_AFTER_MS = 500;
const LAST_WORDS_LENGTH = 1_000;

/** All services as processes, several of some. A process that ends by itself is noted and started anew. */
export class Fleet {
  readonly members: readonly Member[];
  readonly selfEnded: SelfEnded[] = [];
  readonly #variables: Variables;
  readonly #folder: string;
  readonly #processes = new Map<Member, ServiceProcess>();
  /** Those that somebody else makes end. */
  readonly #ending = new Set<ServiceProcess>();
  #isOver = false;

  /** @param folder where each member's output goes, to a file of its name */
  constructor(counts: Readonly<Record<string, number>>, variables: Variables, folder: string) {
    this.#variables = variables;
    this.#folder = folder;
    this.members = Object.entries(counts).flatMap(([service, count]) =>
      Array.from({ length: count }, (_, i) => ({ name: `${service}-${i + 1}`, service })),
    );
  }

  async startAll(): Promise<void> {
    await Promise.all(this.members.map((member) => this.start(member)));
    await Promise.all(this.members.map((member) => this.#processes.get(member)?.ready()));
  }

  async start(member: Member): Promise<void> {
    if (this.#isOver || this.#processes.get(member)?.isRunning) return;
    const service = await ServiceProcess.start(member.service, this.#variables);
    const output = createWriteStream(join(this.#folder, `${member.name}.log`), { flags: 'a' });
    service.child.stdout?.pipe(output, { end: false });
    service.child.stderr?.pipe(output, { end: false });
    this.#processes.set(member, service);
    void service.closed.then(async (code) => {
      output.end();
      if (this.#ending.has(service)) return;
      this.#note(member, code, service.stderr);
      await sleep(RESTART_AFTER_MS);
      await this.start(member);
    });
  }

  async kill(member: Member): Promise<void> {
    await this.#end(member, 'SIGKILL');
  }

  /**
   * Asks it to end while other things break, too: what it cannot finish in time it leaves to the next, and ends with 1. One
   * that has not yet begun to listen to signals is ended by this one.
   */
  async terminate(member: Member): Promise<void> {
    await this.#terminate(member, [0, 1, null]);
  }

  suspend(member: Member): void {
    this.#processes.get(member)?.child.kill('SIGSTOP');
  }

  resume(member: Member): void {
    this.#processes.get(member)?.child.kill('SIGCONT');
  }

  /** What each that runs says is wrong with it. */
  async complaints(): Promise<string[]> {
    const complaints: string[] = [];
    for (const [{ name }, service] of this.#processes) {
      const report = await service.health();
      if (report === null) complaints.push(`${name}: answers nothing`);
      for (const { ok, detail } of report?.checks ?? []) if (!ok) complaints.push(`${name}: ${detail}`);
    }
    return complaints;
  }

  /** Ends these for good, and notes one that does not end as it should; from now on none is started. */
  async stop(isMeant: (member: Member) => boolean): Promise<void> {
    this.giveUp();
    await Promise.all(this.members.filter(isMeant).map((member) => this.#terminate(member, [0])));
  }

  /** From now on none is started: whoever ends them all does not see them come back. */
  giveUp(): void {
    this.#isOver = true;
  }

  async #terminate(member: Member, codes: readonly (number | null)[]): Promise<void> {
    const ended = await this.#end(member, 'SIGTERM');
    if (ended === null || codes.includes(ended.code)) return;
    this.#note(member, ended.code, `after SIGTERM: ${ended.lastWords}`);
  }

  async #end(member: Member, signal: 'SIGTERM' | 'SIGKILL') {
    const service = this.#processes.get(member);
    if (service === undefined || !service.isRunning) return null;
    this.#ending.add(service);
    const { code } = await service.stop(signal);
    return { code, lastWords: service.stderr };
  }

  #note({ name }: Member, code: number | null, stderr: string): void {
    this.selfEnded.push({ member: name, code, lastWords: stderr.slice(-LAST_WORDS_LENGTH) });
  }
}
