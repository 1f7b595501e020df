import type { CallPath } from './take-calls.ts';

export type Route =
  | { readonly name: 'calls'; readonly path: CallPath }
  | { readonly name: 'thrown-away' }
  | { readonly name: 'settings'; readonly key: string }
  | { readonly name: 'webhook'; readonly source: string }
  | { readonly name: 'cloud-events' };

const CALLS: Readonly<Record<string, string>> = {
  track: 'track',
  identify: 'identify',
  page: 'page',
  screen: 'screen',
  group: 'group',
  alias: 'alias',
  t: 'track',
  i: 'identify',
  p: 'page',
  s: 'screen',
  g: 'group',
  a: 'alias',
};

/** Paths of Segment's API, each also without `/v1`. */
const ROUTES: ReadonlyMap<string, Route> = new Map(
  [
    ...Object.entries(CALLS).map(
      ([name, type]) => [name, { name: 'calls', path: { kind: 'single', type } }] as const satisfies [string, Route],
    ),
    ...['batch', 'b', 'import'].map((name): [string, Route] => [
      name,
      { name: 'calls', path: { kind: 'batch', isImported: name === 'import' } },
    ]),
    ['m', { name: 'thrown-away' }] as [string, Route],
  ].flatMap(([name, route]): [string, Route][] => [
    [`/v1/${name}`, route as Route],
    [`/${name}`, route as Route],
  ]),
);

const SETTINGS = /^\/v1\/projects\/([^/]{1,256})\/settings$/;
const WEBHOOK = /^\/v1\/webhooks\/([a-z0-9-]{1,64})$/;

/** Null for an address that is not the door's. */
export function findRoute(url: string): Route | null {
  const path = url.split('?', 1)[0] ?? '';
  const known = ROUTES.get(path);
  if (known !== undefined) return known;
  if (path === '/v1/events') return { name: 'cloud-events' };
  const [, source] = WEBHOOK.exec(path) ?? [];
  if (source !== undefined) return { name: 'webhook', source };
  const [, key] = SETTINGS.exec(path) ?? [];
  return key === undefined ? null : { name: 'settings', key };
}
