import { fileURLToPath } from 'node:url';
import { DEFAULT_POLICY_FILE } from '@tidemark/policy';
import { type LocationOptions, locationArguments } from '../../location/options.ts';
import { formatTable, quoteForShell } from '../../terminal/format.ts';
import type { Summary } from './collect-summary.ts';

/** What a newcomer may want to do next, ready to paste. */
export function suggestCommands(
  { lastChanges }: Summary,
  location: LocationOptions & { readonly lanes?: number },
): string[] {
  const where = locationArguments(location, quoteForShell);
  // A data folder knows how many lanes it has.
  const isAsked = location.kafka !== undefined && location.lanes !== undefined;
  const tidemark = `${isAsked ? `TIDEMARK_LANES=${location.lanes} ` : ''}npx tidemark`;
  const [last] = lastChanges;
  const ofCustomer: string[][] =
    last === undefined
      ? []
      : [
          [
            `${tidemark} explain ${quoteForShell(last.customerId)}${where}`,
            'why a customer has their tier, and what comes next',
          ],
          [`${tidemark} profile ${quoteForShell(last.customerId)}${where}`, 'everything known of them'],
        ];
  return [
    '',
    'Try next:',
    ...formatTable(
      [
        ...ofCustomer,
        [`${tidemark} tail tier-changes --limit 3${where}`, 'the product, as your tools get it'],
        [`${tidemark} export --format csv${where} > customers.csv`, 'all customers, for a spreadsheet or pandas'],
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
