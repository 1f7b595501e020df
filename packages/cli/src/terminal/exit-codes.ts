/** What the command ends with; every help text lists them. A signal ends it with 128 + the signal's number. */
export const EXIT = { ok: 0, failed: 1, usage: 2, bug: 70 } as const;

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;
export type StopSignal = keyof typeof SIGNAL_NUMBERS;
export const STOP_SIGNALS = Object.keys(SIGNAL_NUMBERS) as readonly StopSignal[];

/** 130 or 143, as a shell says it. */
export function exitCodeOf(signal: StopSignal): number {
  return 128 + SIGNAL_NUMBERS[signal];
}

const EXIT_CODES_HELP = `
Exit codes:
  0         done
  1         what was asked for failed; the message says why and what to do
  2         the command line is wrong
  70        a bug in Tidemark
  130, 143  stopped by Ctrl-C or SIGTERM`;

/** The last part of a command's help. */
export function helpAfter(...examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}\n${EXIT_CODES_HELP}`;
}
