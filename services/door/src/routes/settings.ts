import { Refused } from '../http/answer.ts';
import { plainAddress } from '../http/client-address.ts';
import { isOriginOf } from '../sources/source-book.ts';
import type { DoorRequest } from './request-context.ts';

/**
 * What Segment's browser SDK asks for before it sends anything: which integrations there are. There is one, with its address, which
 * is the one under which it was asked.
 */
export function settingsOf(key: string, request: DoorRequest): object {
  const { raw, book } = request;
  const source = book.ofKey(key);
  const { origin } = raw.headers;
  if (source === null || source.origins.length === 0 || (origin !== undefined && !isOriginOf(source, origin))) {
    throw new Refused(401, 'expected the write key of a source that has pages, found another');
  }
  request.source = source;
  // A proxy of ours says under which address it was asked itself.
  const forwarded = book.isProxy(plainAddress(raw.socket.remoteAddress ?? '')) ? raw.headers : {};
  const host = textOf(forwarded['x-forwarded-host']) ?? raw.headers.host ?? '';
  const protocol = textOf(forwarded['x-forwarded-proto']) === 'https' ? 'https' : 'http';
  const integration = { apiKey: key, apiHost: `${host}/v1`, protocol, type: 'browser' };
  return {
    integrations: { 'Segment.io': { ...integration, bundlingStatus: 'bundled', unbundledIntegrations: [] } },
    plan: { track: { __default: { enabled: true, integrations: {} } }, identify: { __default: { enabled: true } } },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    metrics: { sampleRate: 0 },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
  };
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
