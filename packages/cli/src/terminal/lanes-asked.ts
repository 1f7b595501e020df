import type { Lane } from '@tidemark/stream';
import { Option } from 'commander';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { parseWholeNumber } from './parse-options.ts';

const LANE_MAX = 1_023;

export function laneOption(): Option {
  return new Option('--lane <n>', 'only this lane').argParser(parseWholeNumber(0, LANE_MAX));
}

/** The lane that `--lane` names, or all lanes of the pipeline. Throws a `Failure` for a lane that there is not. */
export function lanesAsked(lanes: number, asked: Lane | undefined): readonly Lane[] {
  if (asked === undefined) return Array.from({ length: lanes }, (_, lane) => lane);
  if (asked < lanes) return [asked];
  throw new Failure(`expected a lane from 0 to ${lanes - 1}, as the pipeline has, found ${asked}.`, EXIT.usage);
}
