/** What everything hostile is drawn from: `SEED=7 npx vitest run test/fuzz` repeats what a failure names. */
export const SEED = Number(process.env['SEED'] ?? 20_261_122);
