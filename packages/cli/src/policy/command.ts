import { Command } from 'commander';
import { helpAfter } from '../terminal/exit-codes.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
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
  return new Command('policy')
    .description('Work with the rules that turn scores into tiers.')
    .addHelpText('after', helpAfter('npx tidemark policy check mine.yaml'))
    .addCommand(check);
}
