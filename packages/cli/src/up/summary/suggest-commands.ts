import { fileURLToPath } from 'node:url';
import { DEFAULT_POLICY_FILE } from '@tidemark/policy';
import { dataArguments } from '../../terminal/data-option.ts';
import { formatTable, quoteForShell } from '../../terminal/format.ts';
import type { Summary } from './collect-summary.ts';

/** What a newcomer may want to do next, ready to paste. */
export function suggestCommands({ lastChanges }: Summary, data: string): string[] {
  const where = dataArguments(data, quoteForShell);
  const [last] = lastChanges;
  const ofCustomer: string[][] =
    last === undefined
      ? []
      : [
          [
            `npx tidemark explain ${quoteForShell(last.customerId)}${where}`,
            'why a customer has his tier, and what comes next',
          ],
          [`npx tidemark profile ${quoteForShell(last.customerId)}${where}`, 'everything known of him'],
        ];
  return [
    '',
    'Try next:',
    ...formatTable(
      [
        ...ofCustomer,
        [`npx tidemark tail tier-changes --limit 3${where}`, 'the product, as your tools get it'],
        [`npx tidemark export --format csv${where} > customers.csv`, 'all customers, for a spreadsheet or pandas'],
        [
          `npx tidemark policy check ${quoteForShell(fileURLToPath(DEFAULT_POLICY_FILE))}`,
          'the rules: copy them, change them',
        ],
        ['npx tidemark --help', 'all commands'],
      ].map(([command = '', purpose = '']) => [command, `# ${purpose}`]),
      'left',
    ),
  ];
}
