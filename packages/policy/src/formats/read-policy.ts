import { ContractError } from '@tidemark/contracts';
import { facetNames, facets, type Policy } from '@tidemark/domain';
import { FORMAT_NEWEST, lift } from './formats.ts';

/** What a document of the newest format has besides the facets' sections; true where it must. */
const COMMON: Readonly<Record<string, boolean>> = {
  name: true,
  currency: true,
  events: true,
  orders: true,
  tiers: true,
  review: false,
  utcOffsetMinutes: false,
};

/** The facets that have a section. */
const SECTIONS = facetNames.filter((name) => facets[name].policy !== null);

/** The version of every section that this build's folds take. A section without a number is of it. */
const SECTION_VERSION = 1;

/** What makes a document unreadable, in words. */
interface Unreadable {
  readonly expected: string;
  readonly found: string;
}

const NEWER = ': a newer build wrote it. Upgrade this one';

/**
 * The policy of a document that stands in the log, whatever its format. It was validated when it was applied, by the build
 * of that time, and is not again; but nothing of it is passed over that this build does not know, since a fold would
 * misread the rest. Throws a ContractError `policy-unreadable`.
 */
export function readPolicy(format: number, document: string): Policy {
  const read = tryReadPolicy(format, document);
  if ('policy' in read) return read.policy;
  const { expected, found } = read;
  throw new ContractError('policy-unreadable', `expected ${expected}, found ${found}`);
}

/** The same, with what is unreadable as data. */
export function tryReadPolicy(format: number, document: string): { readonly policy: Policy } | Unreadable {
  if (!Number.isInteger(format) || format < 1 || format > FORMAT_NEWEST) {
    return { expected: `a policy of format 1 to ${FORMAT_NEWEST}`, found: `format ${format}${NEWER}` };
  }
  const content = parseObject(document);
  if (content === null) return { expected: 'a policy as a JSON object', found: 'other text: the record is damaged' };
  const policy = lift(format, content) as Readonly<Record<string, unknown>>;
  const unreadable = unknownPart(policy) ?? missingPart(policy) ?? otherVersion(policy);
  return unreadable ?? { policy: policy as unknown as Policy };
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function unknownPart(policy: Readonly<Record<string, unknown>>): Unreadable | null {
  const known: ReadonlySet<string> = new Set([...Object.keys(COMMON), ...SECTIONS]);
  const name = Object.keys(policy).find((key) => !known.has(key));
  if (name === undefined) return null;
  const found = FACET_NAME.test(name) ? `one of ${name}` : 'one of a name that no facet has';
  return { expected: `a policy with sections of ${SECTIONS.join(', ')} alone`, found: `${found}${NEWER}` };
}

/** Whatever else a policy has for a name is not repeated: its sender may be anybody. */
const FACET_NAME = /^[a-z][A-Za-z]{0,31}$/;

function missingPart(policy: Readonly<Record<string, unknown>>): Unreadable | null {
  const names = [
    ...Object.keys(COMMON).filter((name) => COMMON[name]),
    ...SECTIONS.filter((name) => facets[name].always),
  ];
  const name = names.find((each) => !(each === 'name' ? typeof policy[each] === 'string' : isObject(policy[each])));
  return name === undefined ? null : { expected: `a policy with ${name}`, found: 'one without: the record is damaged' };
}

function otherVersion(policy: Readonly<Record<string, unknown>>): Unreadable | null {
  for (const name of SECTIONS) {
    const { version: found = SECTION_VERSION } = (policy[name] ?? {}) as { readonly version?: unknown };
    if (found === SECTION_VERSION) continue;
    return {
      expected: `version ${SECTION_VERSION} of the section ${name}`,
      found: `${typeof found === 'number' ? `version ${found}` : 'another'}${NEWER}`,
    };
  }
  return null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
