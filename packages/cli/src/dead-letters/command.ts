import { type DeadLetterReason, deadLetterReasons } from '@tidemark/contracts';
import { Command, Option } from 'commander';
import { addLocation, type LocationOptions, SERVERS_HELP } from '../location/options.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { parseWholeNumber } from '../terminal/parse-options.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { type LetterName, parseLetterName } from './letter.ts';
import { listLetters } from './list-letters.ts';
import { redriveLetters } from './redrive-letters.ts';
import { type BatchName, parseBatchName, setApartBatch } from './set-apart-batch.ts';
import { showLetter } from './show-letter.ts';

export interface ListOptions extends LocationOptions {
  readonly reason?: DeadLetterReason;
  readonly service?: string;
  readonly limit?: number;
  readonly json: boolean;
}

export interface ShowOptions extends LocationOptions {
  readonly json: boolean;
}

export interface RedriveOptions extends LocationOptions {
  readonly reason?: DeadLetterReason;
  readonly all: boolean;
  readonly again: boolean;
  readonly sources?: string;
  readonly dryRun: boolean;
}

export function deadLettersCommand(context: CommandContext): Command {
  return new Command('dead-letters')
    .description('Look at the records that could not be accepted or folded, and send them again.')
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(redriveCommand(context))
    .addCommand(setApartCommand(context))
    .addHelpText(
      'after',
      helpAfter(
        'npx tidemark dead-letters list --reason unknown-currency',
        'npx tidemark dead-letters show 3:17',
        'npx tidemark dead-letters redrive --reason unknown-currency --dry-run',
      ),
    );
}

function listCommand(context: CommandContext): Command {
  const command = new Command('list')
    .description('List dead letters, newest last: name, time, service, reason, the record refused, what was wrong.')
    .addOption(reasonOption('only letters of this reason'))
    .option('--service <name>', 'only letters of this service: unify, or the fold that refused the record')
    .option('--limit <n>', 'only the newest so many (default: 100; with --json all)', parseWholeNumber(1, LIMIT_MAX))
    .option('--json', 'print one JSON line a letter', false);
  return addLocation(command)
    .addHelpText('after', LIST_DETAILS + SERVERS_HELP)
    .addHelpText(
      'after',
      helpAfter(
        'npx tidemark dead-letters list --limit 20',
        'npx tidemark dead-letters list --service unify --reason malformed',
        `npx tidemark dead-letters list --json | jq -r .reason | sort | uniq -c`,
      ),
    )
    .action((options: ListOptions) => runCommand(context, (environment) => listLetters(options, environment)));
}

function showCommand(context: CommandContext): Command {
  const command = new Command('show')
    .description('Show one dead letter with everything that is known of it, the record refused decoded if it can be.')
    .argument('<letter>', 'its name, lane:offset, as `list` prints it', parseLetterName)
    .option('--json', 'print one line of JSON', false);
  return addLocation(command)
    .addHelpText('after', SHOW_DETAILS + SERVERS_HELP)
    .addHelpText(
      'after',
      helpAfter('npx tidemark dead-letters show 3:17', 'npx tidemark dead-letters show 3:17 --json | jq .original'),
    )
    .action((name: LetterName, options: ShowOptions) =>
      runCommand(context, (environment) => showLetter(name, options, environment)),
    );
}

function redriveCommand(context: CommandContext): Command {
  const command = new Command('redrive')
    .description('Send what unify or the door refused again, once what was wrong is mended.')
    .argument('[letters...]', 'names, lane:offset, as `list` prints them', collectLetterNames)
    .addOption(reasonOption('all letters of this reason').conflicts('all'))
    .option('--all', 'all letters', false)
    .option('--sources <file>', 'the sources of the door, by which its letters are mapped again')
    .option('--again', 'also what was sent again before', false)
    .option('--dry-run', 'say what would be sent, and send nothing', false);
  return addLocation(command)
    .addHelpText('after', REDRIVE_DETAILS + SERVERS_HELP)
    .addHelpText(
      'after',
      helpAfter(
        'npx tidemark dead-letters redrive 3:17 3:18',
        'npx tidemark dead-letters redrive --reason unknown-currency --dry-run',
        'npx tidemark dead-letters redrive --all --data ./shop',
      ),
    )
    .action((names: readonly LetterName[], options: RedriveOptions) =>
      runCommand(context, (environment) => redriveLetters(names, options, environment)),
    );
}

function setApartCommand(context: CommandContext): Command {
  const command = new Command('set-apart')
    .description(
      'Make one dead letter of a batch that cannot be decoded and has stopped a lane of unify, and go on behind it.',
    )
    .argument('<batch>', 'topic:lane:offset, as the fault and `doctor` name it', parseBatchName);
  return addLocation(command)
    .addHelpText('after', SET_APART_DETAILS + SERVERS_HELP)
    .addHelpText('after', helpAfter('npx tidemark dead-letters set-apart orders:3:51'))
    .action((name: BatchName, options: LocationOptions) =>
      runCommand(context, (environment) => setApartBatch(name, options, environment)),
    );
}

function reasonOption(description: string): Option {
  return new Option('--reason <reason>', description).choices(deadLetterReasons);
}

/** Commander hands on what the names before have come to; at first the default, which is none. */
function collectLetterNames(text: string, before: readonly LetterName[] | undefined): readonly LetterName[] {
  return [...(before ?? []), parseLetterName(text)];
}

const LIMIT_MAX = Number.MAX_SAFE_INTEGER;

const LIST_DETAILS = `
Time is the lane's when the record was refused; order is that in which the log took the letters. What was wrong is told
without the customer's data. It only looks: other processes may go on meanwhile.`;

const SHOW_DETAILS = `
The record refused may hold a customer's data. What cannot be decoded is {"base64": ...}. It only looks: other processes
may go on meanwhile.`;

const SET_APART_DETAILS = `
Stop every process of unify first; the other services go on. It refuses while one runs, where unify does not stand at that
offset, where the batch can be decoded after all, and on the event clock of a replay. The letter is in the log before the
group's offset moves; repeated after a failure in between it writes no second one. Nobody can say how many records the batch
held, and of whom: their producer has to send them again.`;

const REDRIVE_DETAILS = `
Only what unify or the door refused: a record that a fold refused is on the timeline already. Key, value and headers go out as they came
(but \`source\`, a producer's own position), so the eventId stays; a header \`redriven\` names the letter. unify takes the
records when it runs, under the policy then in force (bring a new policy in first), and what it refuses again is a new
letter. A letter is sent again once; --again sends it once more: unify drops events whose ids it still remembers, of the
last hour or the last 1,000,000. A letter without a value has nothing to send.

A letter of the door has an event as its sender wrote it. It is mapped again by --sources, with the id and the times that it had; the
source default of a data folder needs no file.

Only on lanes with the live clock. On the event clock only the replayer writes: behind its last punctuation records would
wait, and the replay could not go on. Mend the data set or the policy there and start over, or go live first.

A data folder must not be in use: stop \`up\` first. --dry-run only looks, and may run beside it. On servers services go on.`;
