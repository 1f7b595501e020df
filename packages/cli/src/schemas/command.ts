import { everySetting, loadConfig, registryConnectionOf, registrySettings } from '@tidemark/config';
import { applySchemas } from '@tidemark/kafka';
import { Command } from 'commander';
import type { Environment } from '../terminal/environment.ts';
import { EXIT, helpAfter } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';

export function schemasCommand(context: CommandContext): Command {
  const apply = new Command('apply')
    .description('Register the schemas of what producers write, with BACKWARD compatibility. Repeat it at will.')
    .addHelpText('after', DETAILS)
    .addHelpText('after', helpAfter('npx tidemark schemas apply'))
    .action(() => runCommand(context, runApply));
  return new Command('schemas').description('The schemas in the registry.').addCommand(apply);
}

const DETAILS = `
Each record type has a subject of its own, whatever the topic: tidemark.OrderEvent, tidemark.Punctuation and so on. The
environment names the registry (TIDEMARK_REGISTRY_URL and what stands beside it in packages/config).`;

async function runApply({ variables, stdout }: Environment): Promise<number> {
  const outcomes = await applySchemas(registryConnectionOf(loadConfig(registrySettings, variables, everySetting)));
  const refused: string[] = [];
  for (const outcome of outcomes) {
    const { subject, version } = outcome;
    if ('id' in outcome) await stdout.line(`${subject}, version ${version}: id ${outcome.id}`);
    else refused.push(`${subject}, version ${version}: ${outcome.refused}`);
  }
  if (refused.length > 0) throw new Failure(`the registry refused:\n${refused.join('\n')}`);
  return EXIT.ok;
}
