import { createHash, timingSafeEqual } from 'node:crypto';

/** reader: everything under GET but lanes. producer: bringing events. operator: everything. */
export type Role = 'reader' | 'producer' | 'operator';

/** Secrets by role. One that stands in two lists has both roles. */
export type Tokens = Readonly<Record<Role, readonly string[]>>;

/** Who asks. */
export interface Caller {
  readonly roles: ReadonlySet<Role>;
  /** Names the token without giving it away, to count its requests; null without a token. */
  readonly tokenId: string | null;
}

const ROLES: readonly Role[] = ['reader', 'producer', 'operator'];

/** Who asks where no token is configured. */
export const ANYONE: Caller = { roles: new Set(ROLES), tokenId: null };
/** Who asks without a token that is known. */
export const NOBODY: Caller = { roles: new Set(), tokenId: null };

export function hasTokens(tokens: Tokens): boolean {
  return ROLES.some((role) => tokens[role].length > 0);
}

export function mayActAs(caller: Caller, role: Role): boolean {
  return caller.roles.has(role) || caller.roles.has('operator');
}

/**
 * Makes the function that finds the caller by the header `authorization`. It compares SHA-256 hashes with every token in
 * constant time, so its duration says nothing of how near a guess is.
 */
export function tokenIdentifier(tokens: Tokens): (authorization: string | undefined) => Caller {
  const entries = ROLES.flatMap((role) => tokens[role].map((token) => ({ role, hash: sha256(token) })));
  return (authorization) => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return NOBODY;
    const hash = sha256(token);
    const roles = new Set<Role>();
    for (const entry of entries) if (timingSafeEqual(entry.hash, hash)) roles.add(entry.role);
    return roles.size === 0 ? NOBODY : { roles, tokenId: hash.toString('base64') };
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
