import { Command } from 'commander';
import { helpAfter } from '../terminal/exit-codes.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { applyPolicy } from './apply-policy.ts';
import { checkPolicy } from './check-policy.ts';

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
    .addHelpText('after', APPLY_DETAILS)
    .addHelpText('after', helpAfter('npx tidemark policy apply', 'npx tidemark policy apply mine.yaml'))
    .action((file: string | undefined) => runCommand(context, (environment) => applyPolicy(file, environment)));
  return new Command('policy')
    .description('Work with the rules that turn scores into tiers.')
    .addHelpText('after', helpAfter('npx tidemark policy check mine.yaml'))
    .addCommand(check)
    .addCommand(apply);
}

const APPLY_DETAILS = `
Until a lane has a policy, its events wait. Services that run as processes need this once, after \`tidemark topics apply\` and
\`tidemark schemas apply\`, and again for each new policy. The environment names brokers and registry (TIDEMARK_KAFKA_BROKERS,
TIDEMARK_REGISTRY_URL and what stands beside them in packages/config).`;
