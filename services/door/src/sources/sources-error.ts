import { TidemarkError } from '@tidemark/domain';

/** The sources file is invalid: every problem at once, one a line. */
export class SourcesError extends TidemarkError<'invalid-sources'> {
  override readonly name = 'SourcesError';

  constructor(problems: readonly string[]) {
    super('invalid-sources', problems.join('\n'));
  }
}
