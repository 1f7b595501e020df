/**
 * What programs, databases and spreadsheets write where they have no id, or no longer have it. As a customer's id it would
 * make one customer of all who have none; as an order's, one order; as an event's, one event. Compared without the white
 * space around it and in lower case.
 */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  // JavaScript, JSON
  ...['null', 'undefined', 'nan', '[object object]', 'true', 'false'],
  // SQL, Python, Go, Ruby, C
  ...['\\n', 'none', '<nil>', 'nil', '(null)'],
  // A number that says that there is none
  '-1',
  // What people and their programs call somebody whom they do not know
  ...['guest', 'anonymous', 'unknown', 'id'],
  // Spreadsheets
  ...['#n/a', '#null!', '#ref!', '#value!', '#name?', '#div/0!', '#num!'],
]);
const PLACEHOLDER_LENGTH_MAX = Math.max(...Array.from(PLACEHOLDERS, ({ length }) => length));

/** Numbers and UUIDs that were never set. */
const ONLY_ZEROS = /^[0-]+$/;

/** How spreadsheets show a long number in a narrow cell, and then save it: its last digits are gone. */
const SHORTENED_NUMBER = /^\d+([.,]\d+)?E\+\d{2}$/i;

/**
 * Why a text is no id, as an error says what was found (never the text itself); null for any other text. U+FFFD stands where
 * bytes were of another encoding: a decoder makes one name of several with it.
 */
export function placeholderIdOf(text: string): string | null {
  const id = text.trim();
  if (id === '') return 'none';
  if ((id.length <= PLACEHOLDER_LENGTH_MAX && PLACEHOLDERS.has(id.toLowerCase())) || isOnlyZeros(id))
    return 'what programs write for a missing value (null, NaN, 0, guest, #N/A or the like)';
  if (id.includes('\ufffd'))
    return 'text that was damaged before it came here (it has a U+FFFD, which stands for lost bytes)';
  if (id.at(-3) === '+' && SHORTENED_NUMBER.test(id))
    return 'a number that a spreadsheet has shortened (such as 1.23457E+11)';
  return null;
}

/** Most ids begin otherwise: they cost a look at one character. */
function isOnlyZeros(id: string): boolean {
  return (id.startsWith('0') || id.startsWith('-')) && ONLY_ZEROS.test(id);
}
