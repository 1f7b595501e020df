/** How many slots a Redis Cluster has. */
export const SLOTS = 16_384;

/** CRC16-XMODEM's polynomial. */
const POLYNOMIAL = 0x1021;

/** The slot of a hash tag of ASCII characters, as Redis Cluster computes it: CRC16-XMODEM modulo the number of slots. */
export function slotOf(tag: string): number {
  let crc = 0;
  for (let i = 0; i < tag.length; i++) {
    crc ^= tag.charCodeAt(i) << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL) & 0xffff;
  }
  return crc % SLOTS;
}
