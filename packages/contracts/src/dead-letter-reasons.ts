/**
 * Why a record was refused: a closed set, also the label of the metric that counts dead letters.
 * - `malformed`: not the wire format, or not a record of the schema it names
 * - `unknown-schema`: a schema id that is not registered, or a schema that no record type here can read
 * - `invalid-key`: missing, empty, over 256 bytes or not UTF-8
 * - `key-mismatch`: the key is not the record's customerId
 * - `wrong-lane`: on another partition than Kafka's own partitioner gives for its key
 * - `unexpected-type`: a record type that does not belong on the topic
 * - `invalid-field`: a text or list empty or beyond its bound, a number out of range
 * - `negative-amount`: an amount below 0
 * - `unknown-symbol`: an order status or a marketing kind that this version does not know
 * - `unknown-currency`: not in ISO 4217, or without a rate in the policy in force
 * - `invalid-time`: no whole ms between 1970 and the end of 9999
 * - `future`: too far ahead of the lane's clock, or of its punctuation
 * - `too-large`: beyond the bound for one record
 * - `not-supported`: what this version does not do, such as an erasure
 * - `invalid-policy`: a policy that does not validate, or whose hash is not its document's
 * - `too-old`: an order event older than the history that the fold keeps
 * - `too-many-refunds`: a part refund beyond the number that an order, or a customer's orders, may have
 * - `order-unknown`: a refund, cancellation or update whose order did not come within the history
 * - `poison`: a fold threw
 * - `undecodable-batch`: a batch of records that nobody can decode, set apart by an operator
 * - `no-identity`: a call that says of nobody whom it knows
 * - `reserved-id`: a user id that begins as ids of another kind do (`anon:`, `email:`, ...)
 * - `unmapped`: a call or event that no mapping knows
 * - `missing-order-id`: an order event without the order's id
 */
export const deadLetterReasons = [
  'malformed',
  'unknown-schema',
  'invalid-key',
  'key-mismatch',
  'wrong-lane',
  'unexpected-type',
  'invalid-field',
  'negative-amount',
  'unknown-symbol',
  'unknown-currency',
  'invalid-time',
  'future',
  'too-large',
  'not-supported',
  'invalid-policy',
  'too-old',
  'too-many-refunds',
  'order-unknown',
  'poison',
  'undecodable-batch',
  'no-identity',
  'reserved-id',
  'unmapped',
  'missing-order-id',
] as const;

export type DeadLetterReason = (typeof deadLetterReasons)[number];
