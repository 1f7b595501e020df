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
      ...unequalRetention(present.filter(({ layout }) => isRebuilt(layout.spec.name))),
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

function unequalRetention(rebuilt: readonly Present[]): string[] {
  const values = new Set(rebuilt.map(({ topic }) => topic.settings['retention.ms']));
  if (values.size <= 1) return [];
  const found = rebuilt.map(({ layout, topic }) => `${layout.name} ${topic.settings['retention.ms']}`).join(', ');
  return [
    `expected the same retention.ms of the timeline and the change topics, found ${found}. A rebuild reads them together: give ` +
      'all of them the shortest that you want',
  ];
}
