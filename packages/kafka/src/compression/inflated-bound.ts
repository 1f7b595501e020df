/** A batch that has more than this when it is inflated is not decoded: a small one could take all memory. */
export const INFLATED_BYTES_MAX = 64 * 1_024 * 1_024;

export function tooLarge(bytesMax: number): Error {
  return new Error(`more than ${bytesMax} bytes when it is inflated`);
}
