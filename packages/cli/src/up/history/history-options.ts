import type { TimeMs } from '@tidemark/domain';
import { type Command, Option } from 'commander';
import { parseDate, parseEncoding } from '../../terminal/parse-options.ts';

/** What is replayed, under which policy, as the command line says it. */
export interface HistoryOptions {
  readonly orders?: string;
  readonly encoding?: string;
  readonly credits: boolean;
  readonly leftOut?: string;
  readonly sample: boolean;
  readonly fromData?: string;
  readonly fromNamespace?: string;
  readonly policy?: string;
  readonly until?: TimeMs;
  /** False with --no-simulated. */
  readonly simulated: boolean;
}

/** The options of every command that replays. */
export function addHistoryOptions(command: Command): Command {
  return command
    .option(
      '--orders <file.csv>',
      'replay these orders: columns customer_id, occurred_at, amount; optional order_id, currency, status',
    )
    .option(
      '--encoding <name>',
      'with --orders: how the file is encoded, such as latin1, windows-1252 or utf-16le (default: UTF-8)',
      parseEncoding,
    )
    .option('--credits', 'with --orders: take amounts below 0 for credit notes, whose order_id is their own', false)
    .option('--left-out <file.jsonl>', 'write there all that is left out, and why, one JSON object a line')
    .addOption(
      new Option('--sample', 'replay the bundled sample of 2,357 customers').default(false).conflicts('orders'),
    )
    .addOption(
      new Option(
        '--from-data <dir>',
        'replay what the pipeline of another data folder has accepted, each event at its own time',
      ).conflicts(['orders', 'sample']),
    )
    .addOption(
      new Option(
        '--from-namespace <name>',
        'replay what another pipeline on the same servers has accepted, each event at its own time',
      ).conflicts(['orders', 'sample', 'fromData']),
    )
    .option(
      '--policy <file.yaml>',
      'the rules that turn scores into tiers (default: packages/policy/default-policy.yaml, or what the other pipeline has)',
    )
    .option('--until <date>', 'replay to the end of this UTC day, such as 1997-12-31', parseDate)
    .option('--no-simulated', 'replay orders only, without simulated visits and campaigns');
}
