import type { Fault, OperatingError } from '../errors.ts';
import type { Lane } from '../ports/event-log.ts';
import type { OutboxEntry } from '../ports/profile-store.ts';
import type { FoldedChunk } from './chunk.ts';
import type { PolicyMeta } from './lane-meta.ts';

/** How long the parts of a chunk took, ms, and what the lane's cache spared. */
export interface ChunkTiming {
  /** Null: nothing had to be read. */
  readonly readMs: number | null;
  readonly foldMs: number;
  /** Null: nothing had to be committed yet. */
  readonly commitMs: number | null;
  /** Customers of the chunk's records, by where they were found. */
  readonly cacheHits: number;
  readonly cacheMisses: number;
}

/** Told of what happens in a lane, for logs, metrics and progress. Must be quick and must not throw. */
export interface LaneObserver {
  acquired?(service: string, lane: Lane, offset: number): void;
  /** A policy is in force: the one found when the lane was acquired, and each that comes. */
  ruled?(service: string, lane: Lane, policy: PolicyMeta): void;
  committed?(service: string, lane: Lane, chunk: FoldedChunk, timing: ChunkTiming): void;
  /** Outputs that the log has acknowledged. */
  published?(service: string, lane: Lane, outputs: readonly OutboxEntry[]): void;
  /** Another owner was first; the lane starts again from what is stored. */
  refused?(service: string, lane: Lane): void;
  /** A fold threw on a customer's data: their record is a dead letter, the error tells where. */
  poisoned?(service: string, lane: Lane, error: unknown): void;
  /** A later version of the fold tells from here on: nothing is left to do for this one. */
  ended?(service: string, lane: Lane, version: number): void;
  retried?(service: string, lane: Lane, error: OperatingError): void;
  faulted?(service: string, lane: Lane, fault: Fault): void;
  /** A programmer error: the process should end. */
  crashed?(service: string, lane: Lane, error: unknown): void;
}
