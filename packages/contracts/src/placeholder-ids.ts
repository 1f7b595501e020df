/**
 * What programs, databases and spreadsheets write where they have no id, or no longer have it. As a customer's id it would
 * make one customer of all who have none; as an order's, one order. Compared as it stands: ids are trimmed before. So would U+FFFD,
 * which a decoder puts where bytes were of another encoding: it makes one name of several.
 */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  // JavaScript, JSON
  ...['null', 'undefined', 'NaN', '[object Object]'],
  // SQL, Python, Go, Ruby, C
  ...['NULL', '\\N', 'None', 'nan', '<nil>', 'nil', '(null)'],
  // Numbers and UUIDs that were never set
  ...['0', '00000000-0000-0000-0000-000000000000'],
  // Spreadsheets
  ...['#N/A', '#NULL!', '#REF!', '#VALUE!', '#NAME?', '#DIV/0!', '#NUM!'],
]);

/** How spreadsheets show a long number in a narrow cell, and then save it: its last digits are gone. */
const SHORTENED_NUMBER = /^\d+([.,]\d+)?E\+\d{2}$/;

/** Why a text is no id, as an error says what was found (never the text itself); null for any other text. */
export function placeholderIdOf(text: string): string | null {
  if (text === '') return 'none';
  if (PLACEHOLDERS.has(text)) return 'what programs write for a missing value (null, NaN, 0, #N/A or the like)';
  if (text.includes('\ufffd'))
    return 'text that was damaged before it came here (it has a U+FFFD, which stands for lost bytes)';
  if (SHORTENED_NUMBER.test(text)) return 'a number that a spreadsheet has shortened (such as 1.23457E+11)';
  return null;
}
