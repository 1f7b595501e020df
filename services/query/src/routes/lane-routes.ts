import { describeRoute } from '../http/describe-route.ts';
import type { App } from '../http/schema-types.ts';
import type { Reader } from '../ports.ts';
import { lanePlaceJson, lanePlacesSchema } from '../responses/lane-place.ts';

export function addLaneRoutes(app: App, reader: Reader): void {
  app.get(
    '/v1/lanes',
    describeRoute({
      role: 'operator',
      tag: 'Operations',
      summary: 'How far every service has folded every lane',
      answer: lanePlacesSchema,
    }),
    async () => ({ lanes: (await reader.readLanes()).map(lanePlaceJson) }),
  );
}
