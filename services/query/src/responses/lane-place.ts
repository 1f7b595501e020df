import type { LanePlace } from '@tidemark/reading';
import { type Static, Type } from 'typebox';
import { iso } from './iso.ts';
import { list, nullable, oneOf, text, time, whole } from './schema.ts';

const lanePlaceSchema = Type.Object({
  lane: whole(),
  service: text(),
  timelineOffset: whole('The next timeline offset to fold.'),
  streamTime: time(),
  clock: nullable(oneOf('event', 'live')),
  lag: whole('Records of the timeline not yet folded.'),
});

export const lanePlacesSchema = Type.Object({ lanes: list(lanePlaceSchema) });

export function lanePlaceJson(place: LanePlace): Static<typeof lanePlaceSchema> {
  return { ...place, streamTime: iso(place.streamTime) };
}
