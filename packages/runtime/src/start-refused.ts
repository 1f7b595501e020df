import { TidemarkError } from '@tidemark/domain';

/** The process was not started, and would not be by waiting. The message says what was expected, found, and what to do. */
export class StartRefused extends TidemarkError<'start-refused'> {
  override readonly name = 'StartRefused';

  constructor(message: string) {
    super('start-refused', message);
  }
}
