import { ContractError, faultCodeOf } from '@tidemark/contracts';
import { Fault, type Lane, type Offset } from '@tidemark/stream';

/** Reads a record of the timeline, unify's own. What cannot be read is a Fault, and no crash: starting anew would not help. */
export function orFault<Result>(lane: Lane, offset: Offset, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const code = faultCodeOf(error);
    const advice = code === 'corrupt-record' ? ' Something else wrote there: start over in a new namespace.' : '';
    throw new Fault(code, `unify, lane ${lane}: offset ${offset} of timeline: ${error.message}.${advice}`);
  }
}
