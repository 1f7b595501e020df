import { TEXT_BYTES_MAX } from '@tidemark/contracts';
import { Refusal } from '../outcome.ts';
import { flattenEntries } from '../values/entries.ts';
import { readIdOrNothing } from '../values/ids.ts';
import {
  cutText,
  firstOf,
  isObject,
  type JsonObject,
  kindOf,
  objectOf,
  snakeCase,
  textOf,
  withoutQuery,
} from '../values/texts.ts';
import { addConsents } from './identities.ts';
import type { Call } from './map-call.ts';
import { addOrder } from './orders.ts';
import { type TrackRow, trackRowOf } from './track-table.ts';

export function addTrack(call: Call): void {
  const name = call.json['event'];
  if (typeof name !== 'string' || name.trim() === '') {
    throw new Refusal(
      'unmapped',
      'event',
      "the event's name",
      typeof name === 'string' ? 'an empty one' : kindOf(name),
    );
  }
  const row = trackRowOf(name.trim());
  const properties = objectOf(call.json['properties']);
  if (row === undefined) addOther(call, name.trim());
  else if (row.topic === 'orders') addOrder(call, row.status, properties);
  else if (row.topic === 'marketing') addMarketing(call, row);
  else if (row.topic === 'identities') addConsents(call);
  else addInteraction(call, row.action, firstOf(properties, row.object));
}

/** A name of one's own is an action of its own. */
function addOther(call: Call, name: string): void {
  const snake = snakeCase(name);
  const action = cutText(snake === '' ? name : snake, TEXT_BYTES_MAX.name);
  addInteraction(call, action, undefined, Buffer.byteLength(snake) > TEXT_BYTES_MAX.name ? { event: name } : {});
}

/** `page_view`, of the page's address or the screen's name. */
export function addPage(call: Call, type: 'page' | 'screen'): void {
  const { name, context } = call.json;
  const properties = objectOf(call.json['properties']);
  const called = textOf(name) ?? textOf(properties['name']);
  const page = objectOf(objectOf(context)['page']);
  const address = textOf(firstOf(properties, ['url', 'path'])) ?? textOf(firstOf(page, ['url', 'path']));
  const object = type === 'page' && address !== null ? withoutQuery(address) : called;
  addInteraction(call, 'page_view', object, called === null ? {} : { name: called }, type === 'page' ? 'web' : 'app');
}

function addInteraction(call: Call, action: string, object: unknown, more: JsonObject = {}, where?: string): void {
  const { json, source, draft } = call;
  const given = json['properties'];
  if (given !== undefined && given !== null && !isObject(given)) draft.warn('no-object');
  const properties = objectOf(given);
  // What is added stands first, so that it is never what has no place.
  const { entries, dropped } = flattenEntries(
    Object.keys(more).length === 0 ? properties : { ...more, ...properties, ...more },
    false,
  );
  draft.warn('entries-dropped', dropped);
  const category = textOf(json['category']) ?? textOf(properties['category']);
  draft.addInteraction({
    channel: where ?? source.channel ?? (source.kind === 'browser' ? 'web' : 'server'),
    action,
    object: cutOrNull(textOf(object), TEXT_BYTES_MAX.object),
    category: cutOrNull(category, TEXT_BYTES_MAX.category),
    sessionId: sessionOf(objectOf(json['context'])),
    properties: entries as Readonly<Record<string, string>>,
  });
}

function sessionOf(context: JsonObject): string | null {
  const id = readIdOrNothing(context['sessionId']);
  return id !== null && Buffer.byteLength(id) <= TEXT_BYTES_MAX.id ? id.toWellFormed() : null;
}

function addMarketing({ json, draft }: Call, row: TrackRow & { topic: 'marketing' }): void {
  const properties = objectOf(json['properties']);
  const ofProperties = textOf(firstOf(properties, CAMPAIGN_NAMES));
  const ofContext = textOf(objectOf(objectOf(json['context'])['campaign'])['name']);
  const campaignId = ofProperties ?? ofContext ?? textOf(properties['list_id']) ?? NO_CAMPAIGN;
  draft.addMarketing({
    campaignId: cutText(campaignId.trim(), TEXT_BYTES_MAX.id),
    variant: cutOrNull(textOf(properties['variant']), TEXT_BYTES_MAX.id),
    channel: row.channel,
    kind: row.kind,
  });
}

export const CAMPAIGN_NAMES = ['campaign_id', 'campaign_name', 'email_id'] as const;
export const NO_CAMPAIGN = 'unknown';

function cutOrNull(text: string | null, bytesMax: number): string | null {
  return text === null ? null : cutText(text, bytesMax);
}
