/** What is simulated. Interactions first; the order is part of the data set. */
export const SIMULATED_KINDS = [
  'page_view',
  'search',
  'product_view',
  'add_to_cart',
  'checkout',
  'support_call',
  'sent',
  'delivered',
  'opened',
  'clicked',
  'bounced',
  'unsubscribed',
] as const;
export type SimulatedKind = (typeof SIMULATED_KINDS)[number];

export const CHANNELS = ['web', 'app', 'call_centre', 'email', 'sms'] as const;
export type SimulatedChannel = (typeof CHANNELS)[number];

export const CATEGORIES = ['rock', 'pop', 'jazz', 'classical', 'country', 'soul', 'soundtrack', 'world'] as const;
export const PRODUCTS_PER_CATEGORY = 250;

export interface SimulatedEvent {
  readonly kind: SimulatedKind;
  readonly customer: number;
  readonly at: number;
  readonly channel: SimulatedChannel;
  /** Index into `CATEGORIES`; for a message, its variant. */
  readonly category: number;
  /** The product within the category. */
  readonly product: number;
  /** The session, from 1; for a message, months since January 1970. */
  readonly group: number;
}

/** A typed array. */
type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Simulated events in columns: 21 bytes each. */
export class SimulatedTable {
  size = 0;
  readonly at: Float64Array;
  readonly customerOf: Uint32Array;
  readonly groupOf: Uint32Array;
  readonly productOf: Uint16Array;
  readonly categoryOf: Uint8Array;
  readonly kindOf: Uint8Array;
  readonly channelOf: Uint8Array;

  constructor(capacity: number) {
    this.at = new Float64Array(capacity);
    this.customerOf = new Uint32Array(capacity);
    this.groupOf = new Uint32Array(capacity);
    this.productOf = new Uint16Array(capacity);
    this.categoryOf = new Uint8Array(capacity);
    this.kindOf = new Uint8Array(capacity);
    this.channelOf = new Uint8Array(capacity);
  }

  add(event: SimulatedEvent): void {
    const row = this.size++;
    this.at[row] = event.at;
    this.customerOf[row] = event.customer;
    this.groupOf[row] = event.group;
    this.productOf[row] = event.product;
    this.categoryOf[row] = event.category;
    this.kindOf[row] = SIMULATED_KINDS.indexOf(event.kind);
    this.channelOf[row] = CHANNELS.indexOf(event.channel);
  }

  get(row: number): SimulatedEvent {
    return {
      kind: SIMULATED_KINDS[this.kindOf[row] ?? 0] ?? 'page_view',
      customer: this.customerOf[row] ?? 0,
      at: this.at[row] ?? 0,
      channel: CHANNELS[this.channelOf[row] ?? 0] ?? 'web',
      category: this.categoryOf[row] ?? 0,
      product: this.productOf[row] ?? 0,
      group: this.groupOf[row] ?? 0,
    };
  }

  /** For a fingerprint. */
  columns(): readonly Column[] {
    return [this.at, this.customerOf, this.groupOf, this.productOf, this.categoryOf, this.kindOf, this.channelOf];
  }

  /** How many events there are, by kind. */
  countByKind(): Readonly<Record<SimulatedKind, number>> {
    const counts = Object.fromEntries(SIMULATED_KINDS.map((kind) => [kind, 0])) as Record<SimulatedKind, number>;
    for (let row = 0; row < this.size; row++) counts[SIMULATED_KINDS[this.kindOf[row] ?? 0] ?? 'page_view'] += 1;
    return counts;
  }
}
