import { isRebuilt, type TopicLayout } from './topic-layout.ts';

/** A topic as a cluster has it. */
export interface FoundTopic {
  readonly partitions: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface SettingChange {
  readonly topic: string;
  readonly setting: string;
  readonly from: string;
  readonly to: string;
}

export interface TopicComparison {
  readonly missing: readonly TopicLayout[];
  /** Settings that break what the pipeline relies on. */
  readonly changes: readonly SettingChange[];
  /** What only a person can mend, in sentences. */
  readonly problems: readonly string[];
}

/**
 * What differs from what should be. Retention is the operator's to choose, as long as the timeline and the change topics
 * have the same; so is a larger `max.message.bytes`.
 */
export function compareTopics(
  layouts: readonly TopicLayout[],
  found: ReadonlyMap<string, FoundTopic>,
): TopicComparison {
  const missing = layouts.filter(({ name }) => !found.has(name));
  const present = layouts.flatMap((layout) => {
    const topic = found.get(layout.name);
    return topic === undefined ? [] : [{ layout, topic }];
  });
  return {
    missing,
    changes: present.flatMap(({ layout, topic }) => changesOf(layout, topic)),
    problems: [
      ...wrongPartitions(present.filter(({ layout, topic }) => topic.partitions !== layout.partitions)),
      ...unequalRetention(layouts, found),
      ...unreadableCompression(present),
    ],
  };
}

type Present = { readonly layout: TopicLayout; readonly topic: FoundTopic };

function changesOf({ name, settings }: TopicLayout, topic: FoundTopic): SettingChange[] {
  return Object.entries(settings).flatMap(([setting, to]) => {
    const from = topic.settings[setting] ?? '';
    const isFine = setting === 'retention.ms' || from === to || (isMinimum(setting) && Number(from) >= Number(to));
    return isFine ? [] : [{ topic: name, setting, from, to }];
  });
}

function isMinimum(setting: string): boolean {
  return setting === 'max.message.bytes' || setting === 'min.insync.replicas';
}

function wrongPartitions(wrong: readonly Present[]): string[] {
  const [first] = wrong;
  if (first === undefined) return [];
  const found = wrong.map(({ layout, topic }) => `${topic.partitions} of ${layout.name}`).join(', ');
  return [
    `expected ${first.layout.partitions} partitions of every topic (TIDEMARK_LANES), found ${found}. A pipeline's lanes are ` +
      'fixed for its life: set TIDEMARK_LANES as it was, or replay the timeline into a new namespace',
  ];
}

/**
 * Also of topics that are yet to be made, with what they would get: otherwise the first start would make them beside others,
 * and the second refuse what the first has made.
 */
function unequalRetention(layouts: readonly TopicLayout[], found: ReadonlyMap<string, FoundTopic>): string[] {
  const rebuilt = layouts.filter(({ spec }) => isRebuilt(spec.name));
  const retentionOf = ({ name, settings }: TopicLayout) =>
    (found.get(name)?.settings ?? settings)['retention.ms'] ?? '';
  if (new Set(rebuilt.map(retentionOf)).size <= 1) return [];
  const stated = rebuilt.map((layout) => {
    return `${layout.name} ${retentionOf(layout)}${found.has(layout.name) ? '' : ' (to be made)'}`;
  });
  const advice = rebuilt.every(({ name }) => found.has(name))
    ? 'give all of them the shortest that you want'
    : 'give those that are there what the others will get, and all of them a shorter one afterwards if you want it';
  return [
    `expected the same retention.ms of the timeline and the change topics, found ${stated.join(', ')}. A rebuild reads them ` +
      `together: ${advice}`,
  ];
}

/** Which codec a topic has is the operator's to choose, as long as batches can be read. */
function unreadableCompression(present: readonly Present[]): string[] {
  return present.flatMap(({ layout, topic }) => {
    const type = topic.settings['compression.type'];
    if (type === undefined || READABLE_COMPRESSIONS.includes(type)) return [];
    return [
      `expected compression.type of ${layout.name} to be one of ${READABLE_COMPRESSIONS.join(', ')}, found ${type}: no batch of ` +
        'it could be decoded. Set another, and bring in again what was written with it',
    ];
  });
}

/** `producer` leaves batches as they come. */
const READABLE_COMPRESSIONS = ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'];
