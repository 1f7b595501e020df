/**
 * What the state and the consumer group of a fold's version are called: versions keep theirs apart, so that a new one can
 * fold beside the one before. That of the first release has the service's own name, as it stands in stores and brokers.
 */
export function stateNameOf(service: string, version: number, firstVersion: number): string {
  return version === firstVersion ? service : `${service}-${version}`;
}
