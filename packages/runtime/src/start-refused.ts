/** The process was not started, and would not be by waiting. The message says what was expected, found, and what to do. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}
