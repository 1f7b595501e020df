import type { Diagnostics } from '@tidemark/kafka';
import type { Output } from '../terminal/output.ts';

/** For a command that ends soon: what fails it says itself, and only errors are worth a line beside that. */
export function diagnosticsOf(output: Output): Diagnostics {
  const nothing = (): void => {};
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (_fields, message) => void output.line(`kafka: ${message}`),
  };
}
