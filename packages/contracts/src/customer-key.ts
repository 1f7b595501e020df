import { isUtf8 } from 'node:buffer';
import { CUSTOMER_ID_BYTES_MAX, type CustomerId } from '@tidemark/domain';
import { asBuffer } from './avro-types.ts';
import { ContractError } from './errors.ts';

export type KeyProblem = 'missing' | 'empty' | 'too-long' | 'not-utf8';

export type CustomerKey =
  | { readonly ok: true; readonly customerId: CustomerId }
  | { readonly ok: false; readonly problem: KeyProblem };

/** The customer that a record's key names: 1 to 256 bytes of valid UTF-8. */
export function parseCustomerKey(key: Uint8Array | null): CustomerKey {
  if (key === null) return { ok: false, problem: 'missing' };
  if (key.length === 0) return { ok: false, problem: 'empty' };
  if (key.length > CUSTOMER_ID_BYTES_MAX) return { ok: false, problem: 'too-long' };
  if (!isUtf8(key)) return { ok: false, problem: 'not-utf8' };
  return { ok: true, customerId: asBuffer(key).toString('utf8') as CustomerId };
}

/** The key of a customer's records. Throws `invalid-record` for an id that could not be read back. */
export function customerKey(customerId: string): Uint8Array {
  const key = Buffer.from(customerId, 'utf8');
  if (key.length === 0 || key.length > CUSTOMER_ID_BYTES_MAX || !customerId.isWellFormed()) {
    const message = `expected a customer id of 1 to ${CUSTOMER_ID_BYTES_MAX} bytes of UTF-8, found ${key.length} bytes`;
    throw new ContractError('invalid-record', message, { bytes: key.length });
  }
  return key;
}
