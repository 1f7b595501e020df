/**
 * What the state and the consumer group of a fold's version are called: versions keep theirs apart, so that a new one can
 * fold beside the one before. That of the first release has the service's own name, as it stands in stores and brokers.
 */
export function stateNameOf(service: string, version: number, firstVersion: number): string {
  return version === firstVersion ? service : `${service}-${version}`;
}

/** The fold whose state is called so: that of a version after the first release's has its number behind it. */
export function foldOf(stateName: string): string {
  return stateName.replace(/-\d+$/, '');
}

/** The version whose state is called so; null where it is another fold's. */
export function versionOf(stateName: string, service: string, firstVersion: number): number | null {
  if (stateName === service) return firstVersion;
  const found = stateName.startsWith(`${service}-`) ? Number(stateName.slice(service.length + 1)) : Number.NaN;
  return Number.isSafeInteger(found) ? found : null;
}
