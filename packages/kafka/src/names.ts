import type { Topic } from '@tidemark/stream';

/** Topics and groups as Kafka knows them: with the deployment's namespace, so that several can share a cluster. */
export class Names {
  readonly #prefix: string;

  constructor(namespace: string) {
    this.#prefix = `${namespace}.`;
  }

  topic(topic: Topic): string {
    return this.#prefix + topic;
  }

  plainTopic(name: string): Topic {
    return name.slice(this.#prefix.length);
  }

  group(group: string): string {
    return this.#prefix + group;
  }
}
