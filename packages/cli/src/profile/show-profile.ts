import { readEmbedded } from '@tidemark/embedded';
import { readCustomer } from '@tidemark/query';
import { parseCustomerId, unknownCustomer } from '../terminal/customer-argument.ts';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import type { ProfileOptions } from './command.ts';
import { formatProfile } from './format-profile.ts';
import { profileJson } from './profile-json.ts';

export async function showProfile(
  id: string,
  { data, json }: ProfileOptions,
  { stdout, clock }: Environment,
): Promise<number> {
  const customerId = parseCustomerId(id);
  const profile = await readEmbedded(data, ({ log, store }) => readCustomer({ log, store, clock }, customerId));
  if (profile === null) throw unknownCustomer(id, data);
  for (const line of json ? [profileJson(profile)] : formatProfile(profile)) await stdout.line(line);
  return EXIT.ok;
}
