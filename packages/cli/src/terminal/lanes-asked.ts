import type { Lane } from '@tidemark/stream';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';

/** The lane that `--lane` names, or all lanes of the folder. Throws a `Failure` for a lane that there is not. */
export function lanesAsked(lanes: number, asked: Lane | undefined): readonly Lane[] {
  if (asked === undefined) return Array.from({ length: lanes }, (_, lane) => lane);
  if (asked < lanes) return [asked];
  throw new Failure(`expected a lane from 0 to ${lanes - 1}, as the folder has, found ${asked}.`, EXIT.usage);
}
