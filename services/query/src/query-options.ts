import type { Tokens } from './auth/tokens.ts';

export interface QueryOptions {
  /** To bind. Without any token only 127.0.0.1, ::1 or localhost. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly tokens: Tokens;
  /** Requests of one token, or of one address without; 429 beyond. */
  readonly rateLimitPerSecond: number;
  /** Streams of tier changes open at a time; 503 beyond. */
  readonly streamsMax: number;
}

export interface RunningQuery {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Ends open streams, answers what is under way, and resolves within 2 s. */
  stop(): Promise<void>;
}
