import { readCustomer } from '@tidemark/reading';
import { readPipeline } from '../location/opened-pipeline.ts';
import { parseCustomerId, unknownCustomer } from '../terminal/customer-argument.ts';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import type { ProfileOptions } from './command.ts';
import { formatProfile } from './format-profile.ts';
import { profileJson } from './profile-json.ts';

export async function showProfile(id: string, options: ProfileOptions, environment: Environment): Promise<number> {
  const { stdout, clock } = environment;
  const customerId = parseCustomerId(id);
  const profile = await readPipeline(options, environment, async ({ log, store, location }) => {
    const found = await readCustomer({ log, store, clock }, customerId);
    if (found === null) throw unknownCustomer(id, location);
    return found;
  });
  for (const line of options.json ? [profileJson(profile)] : formatProfile(profile)) await stdout.line(line);
  return EXIT.ok;
}
