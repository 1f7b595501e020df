import { changeTopicOf } from '@tidemark/contracts';
import { facets, scoreNames, TIER_FIRST_VERSION, TIER_VERSION } from '@tidemark/domain';
import type { ToldTopic, Topic } from '@tidemark/stream';
import { readToldByScore, tierEncoding } from './score-encoding.ts';

/** How each topic is read by the rule of versions: the scores' change topics and tier-changes. */
export const toldTopics: ReadonlyMap<Topic, ToldTopic> = new Map<Topic, ToldTopic>([
  ...scoreNames.map((name): [Topic, ToldTopic] => {
    const { firstVersion, score } = facets[name];
    const topic = changeTopicOf(name);
    return [topic, { topic, firstVersion, version: score.version, read: (record) => readToldByScore(name, record) }];
  }),
  [
    'tier-changes',
    { topic: 'tier-changes', firstVersion: TIER_FIRST_VERSION, version: TIER_VERSION, read: tierEncoding.told.read },
  ],
]);
