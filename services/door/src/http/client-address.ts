import type { IncomingMessage } from 'node:http';
import { isIP, isIPv6 } from 'node:net';
import type { SourceBook } from '../sources/source-book.ts';

/** Who sent it: the last address on its way that is no proxy of ours. */
export function clientAddressOf({ socket, headers }: IncomingMessage, book: Pick<SourceBook, 'isProxy'>): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  let address = plainAddress(socket.remoteAddress ?? '');
  while (isIP(address) !== 0 && book.isProxy(address)) {
    const before = plainAddress(forwarded.pop()?.trim() ?? '');
    if (isIP(before) === 0) break;
    address = before;
  }
  return address;
}

/** What is counted as one client: of IPv6 the network of 64 bits, of which a household has at least one. */
export function countedAs(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  const groups = tail === undefined ? first : [...first, ...zeros, ...last];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** An address of IPv4 as itself, where it came over a socket of IPv6. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}
