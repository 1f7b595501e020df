import { isHeldId } from '@tidemark/contracts';
import { CUSTOMER_ID_BYTES_MAX, type CustomerId } from '@tidemark/domain';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';

/** A customer's id as an argument of a command. Throws a `Failure`. */
export function parseCustomerId(id: string): CustomerId {
  const bytes = Buffer.byteLength(id);
  if (bytes > 0 && bytes <= CUSTOMER_ID_BYTES_MAX) return id as CustomerId;
  throw new Failure(`expected a customer id of 1 to ${CUSTOMER_ID_BYTES_MAX} bytes, found ${bytes} bytes.`, EXIT.usage);
}

/** `location`: where the pipeline is. */
export function unknownCustomer(id: string, location: string): Failure {
  if (isHeldId(id)) {
    return new Failure(
      `expected the id of a customer in ${location}, found ${id}, which is held: what an id does that begins with anon: is ` +
        'kept on the timeline, and nothing folds it, since nobody has said whose it is. See its events with `npx tidemark tail timeline`.',
    );
  }
  return new Failure(
    `expected a customer ${id} in ${location}, found nothing of that id. Check it (ids are compared byte by byte), or ` +
      'list all with `npx tidemark export`.',
  );
}
