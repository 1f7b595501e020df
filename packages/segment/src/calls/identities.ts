import { isHeldId } from '@tidemark/contracts';
import { Refusal } from '../outcome.ts';
import type { ConsentFor } from '../source.ts';
import { flattenEntries } from '../values/entries.ts';
import { anonymousCustomer, readId } from '../values/ids.ts';
import { isObject, objectOf } from '../values/texts.ts';
import type { Call } from './map-call.ts';
import { checkKind } from './who.ts';

export function addIdentify({ json, who, draft }: Call): void {
  const given = json['traits'];
  if (given !== undefined && given !== null && !isObject(given)) draft.warn('no-object');
  const { entries, dropped } = flattenEntries(objectOf(given), true);
  draft.warn('entries-dropped', dropped);
  draft.addIdentity({ traits: entries, linkedCustomerId: who.ownLink, isOwnLink: true });
}

/**
 * The previous id is linked as an anonymous one. One that looks like a customer's own is refused: two people who have said who
 * they are must never become one.
 */
export function addAlias({ json, who, draft }: Call): void {
  if (isHeldId(who.customerId)) {
    throw new Refusal('no-identity', 'userId', 'the user id to which the previous id belongs', 'none');
  }
  const previousId = readId(json['previousId'], 'previousId');
  const linked = previousId === null ? who.ownLink : previousCustomer(previousId);
  if (linked === null) throw new Refusal('no-identity', 'previousId', 'an anonymous id', 'none');
  draft.addIdentity({ linkedCustomerId: linked, isOwnLink: linked === who.ownLink });
}

function previousCustomer(previousId: string): string {
  checkKind(previousId, 'previousId');
  if (!previousId.includes('@')) return anonymousCustomer(previousId);
  throw new Refusal('unmapped', 'previousId', 'an anonymous id', 'an address, which a customer may be known by');
}

/** What a person has just chosen. The same field of other events is not read: a device that was offline would choose again. */
export function addConsents({ json, source, who, draft }: Call): void {
  const preferences = objectOf(objectOf(objectOf(json['context'])['consent'])['categoryPreferences']);
  const consents: (ConsentFor & { granted: boolean })[] = [];
  for (const [category, granted] of Object.entries(preferences)) {
    const meant = source.consents.get(category);
    if (meant === undefined || typeof granted !== 'boolean') draft.warn('consents-unmapped');
    else consents.push(...meant.map((consent) => ({ ...consent, granted })));
  }
  if (consents.length === 0) {
    const expected = "at least one category that the source's table of consents has, with true or false";
    throw new Refusal('unmapped', 'context.consent.categoryPreferences', expected, 'none');
  }
  draft.addIdentity({ consents, linkedCustomerId: who.ownLink, isOwnLink: true });
}
