import { Command } from 'commander';
import { helpAfter } from '../terminal/exit-codes.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { applyPolicy } from './apply-policy.ts';
import { checkPolicy } from './check-policy.ts';

export interface ApplyOptions {
  /** False with --no-wait. */
  readonly wait: boolean;
}

export function policyCommand(context: CommandContext): Command {
  const check = new Command('check')
    .description('Check a policy file: all that is wrong with it, by line and column, or a short summary.')
    .argument('<file.yaml>', 'the policy')
    .addHelpText(
      'after',
      helpAfter('npx tidemark policy check mine.yaml', 'npx tidemark policy check packages/policy/default-policy.yaml'),
    )
    .action((file: string) => runCommand(context, (environment) => checkPolicy(file, environment)));
  const apply = new Command('apply')
    .description('Put a pipeline in Kafka on the wall clock, under a policy. Repeat it at will.')
    .argument('[file.yaml]', 'the policy (default: the one in force, or else packages/policy/default-policy.yaml)')
    .option('--no-wait', 'end once it is in the log: for a first policy, before unify runs')
    .addHelpText('after', APPLY_DETAILS)
    .addHelpText(
      'after',
      helpAfter(
        'npx tidemark policy apply mine.yaml',
        'npx tidemark policy apply --no-wait     before the services start',
      ),
    )
    .action((file: string | undefined, options: ApplyOptions) =>
      runCommand(context, (environment) => applyPolicy(file, options, environment)),
    );
  return new Command('policy')
    .description('Work with the rules that turn scores into tiers.')
    .addHelpText('after', helpAfter('npx tidemark policy check mine.yaml'))
    .addCommand(check)
    .addCommand(apply);
}

const APPLY_DETAILS = `
Until a lane has a policy, its events wait. Services that run as processes need this once, after \`tidemark topics apply\` and
\`tidemark schemas apply\`, and again for each new policy. What every lane is sure to refuse (another base currency) is not
written. It says that a policy is in force once every lane has taken it; after 30 s it ends with 1 and names the lanes that have
not: they take it when unify comes to it. A lane that refuses it is named at once, with the reason. The environment names brokers
and registry (TIDEMARK_KAFKA_BROKERS, TIDEMARK_REGISTRY_URL and what stands beside them in packages/config).`;
