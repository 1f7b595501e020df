import { OperatingError } from '@tidemark/stream';
import { Cluster, type Redis } from 'ioredis';
import { addressOf, checkServer } from './check-server.ts';
import { createClient, parseRedisUrl, type RedisClient, type RedisServerOptions, retryDelayMs } from './client.ts';
import { LAYOUT } from './keys.ts';
import { asStoreError, reasonOf, unavailable } from './redis-errors.ts';
import { type Script, scripts } from './scripts.ts';

export interface RedisConnectionOptions extends RedisServerOptions {
  /** The key that fixes layout and lanes, and what it must hold. */
  readonly aboutKey: string;
  readonly lanes: number;
  /** Told of what works but should not be so, once each; and when Redis goes away or comes back. */
  readonly onWarning: (message: string) => void;
}

export type Argument = string | number | Buffer;

/**
 * A healthy server is looked at again after so long: settings change, a replica takes over. An answer to INFO costs Redis
 * some 0.1 ms.
 */
const CHECK_MS = 5_000;

/**
 * A connection that is used only while its server is as it must be. It never gives up: whatever is wrong is looked at
 * again, on every connect and from time to time; until it is right each command fails at once, saying why.
 */
export class RedisConnection {
  readonly #client: RedisClient;
  readonly #options: RedisConnectionOptions;
  readonly #server: string;
  readonly #told = new Set<string>();
  readonly #settled = Promise.withResolvers<void>();
  #problem: OperatingError | null;
  #wasUsable = true;
  #lastError: Error | null = null;
  #attempts = 0;
  #checks = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.#server = serversOf(options.url);
    this.#problem = unavailable(this.#server, 'a connection', 'none yet');
    this.#client = createClient(options, () => retryDelayMs(++this.#attempts));
    this.#client.on('error', (error: Error) => {
      this.#lastError = error;
      // A password that is refused: the connection is about to close, and would until then be the default user's.
      if (error.name === 'ReplyError') this.#lost();
    });
    this.#client.on('ready', () => this.#look());
    this.#client.on('close', () => this.#lost());
    this.#client.on('+node', () => this.#later(0));
    this.#client.connect().catch(() => {});
  }

  /** Resolves once the first attempt has shown whether the server can be used. Rejects if it never can. */
  async settled(): Promise<void> {
    await this.#settled.promise;
    if (this.#problem?.retriable === false) throw this.#problem;
  }

  /** What a person calls the server by. */
  get server(): string {
    return this.#server;
  }

  /** Runs a script; Redis keeps it by its hash, and is sent the source where it does not. Strings of the answer are text. */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#send((command, all) => this.#client.call(command, all), script, keys, args);
  }

  /** Like `run`; strings of the answer are bytes. */
  runForBytes(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#send((command, all) => this.#client.callBuffer(command, all), script, keys, args);
  }

  /** One command of Redis. */
  async call(command: string, ...args: Argument[]): Promise<unknown> {
    this.#assertUsable();
    return this.#client.call(command, args).catch(this.#fail);
  }

  /** Resolves if the store can be used right now, all lanes of it. */
  async ping(): Promise<void> {
    this.#assertUsable();
    const missing = this.#missingPrimary();
    if (missing !== undefined) throw unavailable(missing, 'a connection', 'none');
    await Promise.all(this.#primaries().map((node) => node.ping())).catch(this.#fail);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    const message = `Redis at ${this.#server}: expected an open store, found one that was closed.`;
    this.#problem = new OperatingError('store-unavailable', message, { retriable: false });
    this.#settled.resolve();
    this.#client.disconnect();
  }

  async #send(
    call: (command: string, args: Argument[]) => Promise<unknown>,
    { sha1, source }: Script,
    keys: readonly string[],
    args: readonly Argument[],
  ): Promise<unknown> {
    this.#assertUsable();
    // A commit has thousands of arguments: they are copied once.
    const argumentsOf = (script: string): Argument[] => [script, keys.length, ...keys, ...args];
    const answer = call('EVALSHA', argumentsOf(sha1));
    this.#writeTogether();
    return answer
      .catch((error: unknown) => {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return call('EVAL', argumentsOf(source));
      })
      .catch(this.#fail);
  }

  /** After the first, commands that lanes send in one turn go out in one write, which costs as much as a command. */
  #writeTogether(): void {
    for (const { stream } of this.#primaries()) {
      if (stream.writableCorked > 0) continue;
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
  }

  readonly #fail = (error: unknown): never => {
    throw asStoreError(error, this.#server);
  };

  #assertUsable(): void {
    if (this.#problem === null) return;
    const { code, message, retriable } = this.#problem;
    throw new OperatingError(code, message, { retriable });
  }

  #lost(): void {
    if (this.#closed) return;
    this.#checks++;
    const error = this.#lastError;
    this.#lastError = null;
    // What was found before the connection closed says more than that it did.
    const found = error === null ? 'the connection was closed' : reasonOf(error);
    const known = error === null ? this.#problem : null;
    this.#conclude(known ?? unavailable(this.#server, 'a connection', found));
  }

  /** Looks whether the server is as it must be; a look that was overtaken by another event says nothing. */
  #look(): void {
    const check = ++this.#checks;
    this.#check().then(
      () => this.#concludeCheck(check, null),
      (error: unknown) => this.#concludeCheck(check, asStoreError(error, this.#server)),
    );
  }

  #concludeCheck(check: number, problem: unknown): void {
    if (this.#closed || check !== this.#checks) return;
    if (problem === null || problem instanceof OperatingError) {
      if (problem === null) this.#attempts = 0;
      this.#conclude(problem);
      if (problem === null) this.#later(CHECK_MS);
      else if (this.#client instanceof Cluster) this.#later(retryDelayMs(++this.#attempts));
      // By its name another server may be found by now: the one that took over.
      else this.#client.disconnect(true);
      return;
    }
    const found = problem instanceof Error ? problem.message : String(problem);
    this.#conclude(new OperatingError('store-unavailable', found, { retriable: false }));
  }

  #later(delayMs: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#client.status === 'ready') this.#look();
    }, delayMs).unref();
  }

  #conclude(problem: OperatingError | null): void {
    this.#problem = problem;
    if ((problem === null) !== this.#wasUsable) {
      this.#options.onWarning(problem === null ? `Redis at ${this.#server} can be used again.` : problem.message);
      this.#wasUsable = problem === null;
    }
    this.#settled.resolve();
  }

  async #check(): Promise<void> {
    const nodes = this.#primaries();
    const checks = nodes.map((node) => checkServer(node, this.#options.mode, (warning) => this.#warn(warning)));
    const unreachable = (await Promise.all(checks)).filter((reason) => reason !== null);
    // A node that is away stops its own lanes, whose commands fail; the others go on.
    if (unreachable.length === nodes.length) throw unreachable[0] ?? unavailable(this.#server, 'a primary', 'none');
    await this.#checkLayout();
  }

  /**
   * Another number of lanes or another layout would read other keys, and take full lanes for empty ones. Looked at again,
   * too: where the key was evicted it is written anew before a process with other settings may come.
   */
  async #checkLayout(): Promise<void> {
    const { aboutKey, lanes } = this.#options;
    const rest = [1, aboutKey, LAYOUT, lanes];
    const call = (command: string, script: string) => this.#client.call(command, [script, ...rest]);
    const stored = (await call('EVALSHA', scripts.about.sha1).catch((error: Error) => {
      if (!error.message.startsWith('NOSCRIPT')) throw error;
      return call('EVAL', scripts.about.source);
    })) as [layout: string, lanes: string];
    if (stored[0] === String(LAYOUT) && stored[1] === String(lanes)) return;
    throw new OperatingError(
      'store-unavailable',
      `Redis at ${this.#server}: expected layout ${LAYOUT} and ${lanes} lanes at ${aboutKey}, found layout ` +
        `${stored[0]} and ${stored[1]} lanes. Nothing was changed. Set TIDEMARK_LANES to what it was, or use another ` +
        'TIDEMARK_NAMESPACE.',
      { retriable: false },
    );
  }

  #primaries(): Redis[] {
    return this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client];
  }

  /** A node that has slots and to which there is no connection: ioredis drops one that is away until it sees it again. */
  #missingPrimary(): string | undefined {
    if (!(this.#client instanceof Cluster)) return undefined;
    const connected = new Set(this.#primaries().map(addressOf));
    // The list has holes where slots belong to nobody.
    for (const nodes of this.#client.slots as (readonly string[] | undefined)[]) {
      const primary = nodes?.[0];
      if (primary !== undefined && !connected.has(primary)) return primary;
    }
    return undefined;
  }

  #warn(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#options.onWarning(message);
  }
}

/** What a person calls the servers by. */
function serversOf(url: string): string {
  return parseRedisUrl(url)
    .addresses.map(({ host, port }) => `${host}:${port}`)
    .join(',');
}
