import { customerKey, laneOf } from '@tidemark/contracts';
import { CUSTOMER_ID_BYTES_MAX, type CustomerId } from '@tidemark/domain';
import { type EmbeddedReader, readEmbedded } from '@tidemark/embedded';
import { readCustomer } from '../state/customer.ts';
import { type CustomerNow, describeCustomer } from '../state/describe-customer.ts';
import { readLaneState } from '../state/lane-state.ts';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import type { ProfileOptions } from './command.ts';
import { formatProfile } from './format-profile.ts';
import { profileJson } from './profile-json.ts';

export async function showProfile(
  id: string,
  { data, json }: ProfileOptions,
  { stdout }: Environment,
): Promise<number> {
  const bytes = Buffer.byteLength(id);
  if (bytes === 0 || bytes > CUSTOMER_ID_BYTES_MAX) {
    throw new Failure(
      `expected a customer id of 1 to ${CUSTOMER_ID_BYTES_MAX} bytes, found ${bytes} bytes.`,
      EXIT.usage,
    );
  }
  const profile = await readEmbedded(data, (reader) => readProfile(reader, id as CustomerId));
  if (profile === null) {
    throw new Failure(
      `expected a customer ${id} in ${data}, found nothing of that id. Check it (ids are compared byte by byte), or ` +
        'list all with `npx tidemark export`.',
    );
  }
  for (const line of json ? [profileJson(profile)] : formatProfile(profile)) await stdout.line(line);
  return EXIT.ok;
}

/** Null for a customer of whom nothing is known. */
async function readProfile({ log, store }: EmbeddedReader, id: CustomerId): Promise<CustomerNow | null> {
  const lane = laneOf(customerKey(id), log.lanes);
  const facets = await store.facets(lane, id);
  const { streamTime, rules } = await readLaneState(store, lane);
  if (facets.size === 0 || rules === null) return null;
  return describeCustomer(readCustomer(id, facets), streamTime, streamTime, rules);
}
