import { timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv6 } from 'node:net';
import { type DoorSource, hashOfKey } from './door-source.ts';

/** All sources, as they were last read. */
export class SourceBook {
  readonly sources: readonly DoorSource[];
  /** Proxies whose `x-forwarded-for` is believed. */
  readonly #proxies = new BlockList();

  readonly #written: readonly string[];

  /** @param proxies addresses, or networks such as 10.0.0.0/8 */
  constructor(sources: readonly DoorSource[], proxies: readonly string[] = []) {
    this.sources = sources;
    this.#written = proxies;
    for (const proxy of proxies) {
      const [address = '', bits] = proxy.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.#proxies.addAddress(address, family);
      else this.#proxies.addSubnet(address, Number(bits), family);
    }
  }

  with(others: readonly DoorSource[]): SourceBook {
    return new SourceBook([...this.sources, ...others], this.#written);
  }

  /** Every key is compared, each in constant time, so that the duration says nothing of how near a guess is. */
  ofKey(key: string): DoorSource | null {
    const hash = hashOfKey(key);
    let found: DoorSource | null = null;
    for (const source of this.sources) {
      for (const known of source.keyHashes) if (timingSafeEqual(known, hash)) found = source;
    }
    return found;
  }

  ofName(name: string): DoorSource | null {
    return this.sources.find(({ settings }) => settings.name === name) ?? null;
  }

  /** Whether any source has pages there: a preflight says of itself no more than that. */
  allowsOrigin(origin: string): boolean {
    return this.sources.some((source) => isOriginOf(source, origin));
  }

  isProxy(address: string): boolean {
    return this.#proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }
}

/** Whether a page of this origin may send for the source. */
export function isOriginOf({ origins }: Pick<DoorSource, 'origins'>, origin: string): boolean {
  return origins.some((allowed) => {
    if (allowed === '*' || allowed === origin) return true;
    return allowed.endsWith(':*') && origin.replace(/:\d{1,5}$/, '') === allowed.slice(0, -2);
  });
}
