import { ContractError, faultCodeOf } from '@tidemark/contracts';
import { Fault } from '@tidemark/stream';

/** Reads a record of the pipeline's own. What cannot be read is a Fault; `advice` is for what no build of Tidemark wrote. */
export function orFault<Result>(where: string, advice: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const code = faultCodeOf(error);
    throw new Fault(code, `${where}: ${error.message}.${code === 'corrupt-record' ? ` ${advice}` : ''}`);
  }
}
