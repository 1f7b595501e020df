/** Where data goes and is looked for unless --data says otherwise: in the folder the command is run in. */
export const DATA_FOLDER = '.tidemark';

/** The part of a suggested command that names the data folder. */
export function dataArguments(data: string, quote: (word: string) => string): string {
  return data === DATA_FOLDER ? '' : ` --data ${quote(data)}`;
}
