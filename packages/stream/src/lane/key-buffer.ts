import type { CustomerId } from '@tidemark/domain';

/** Many keys share a buffer: to make one for each costs more than all else that becomes of a key. */
const KEYS_BYTES = 16_384;
/** Of UTF-8 for a UTF-16 code unit, at most. */
const UNIT_BYTES_MAX = 3;
const encoder = new TextEncoder();

/** Encodes the keys of a lane's outputs. */
export class KeyBuffer {
  #free = new Uint8Array(0);

  /** Bytes of its own for each call. */
  encode(customerId: CustomerId): Uint8Array {
    const most = customerId.length * UNIT_BYTES_MAX;
    if (this.#free.length < most) this.#free = new Uint8Array(Math.max(KEYS_BYTES, most));
    const { written } = encoder.encodeInto(customerId, this.#free);
    const key = this.#free.subarray(0, written);
    this.#free = this.#free.subarray(written);
    return key;
  }
}
