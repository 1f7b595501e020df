/** Settings of a single broker for tests: quick to start, quick to rebalance, nothing created by accident. */
export const KAFKA_SETTINGS: Readonly<Record<string, string>> = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  // 3 and 8 by default, for a machine of its own. Waking a thread costs more than what it does for a small request:
  // measured at 3,300 requests a second beside everything else on 4 cores, a sixth less CPU.
  'num.network.threads': '1',
  'num.io.threads': '2',
  'auto.create.topics.enable': 'false',
  'offsets.topic.replication.factor': '1',
  // 50 by default, each a folder to create when the first group joins.
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  // 3 s by default, waited by the first member of every new group.
  'group.initial.rebalance.delay.ms': '0',
  // 6 s by default: a test may kill a member and must not wait so long.
  'group.min.session.timeout.ms': '1000',
  // 9 s by default: so long a broker that was killed could not come back, its former self still counting as alive.
  'broker.session.timeout.ms': '2000',
  'broker.heartbeat.interval.ms': '500',
};

/** Where a broker listens, and what it tells its clients. */
export interface KafkaListeners {
  /** What it binds to, and the ports: in a container others than outside. */
  readonly inside: {
    readonly host: string;
    readonly plain: number;
    readonly secured: number;
    readonly controller: number;
  };
  readonly outside: { readonly host: string; readonly plain: number; readonly secured: number };
  readonly security: string | undefined;
}

export function listenerSettings({ inside, outside, security }: KafkaListeners): Record<string, string> {
  const secured = (host: string, port: number): string => (security === undefined ? '' : `,SECURED://${host}:${port}`);
  return {
    listeners:
      `PLAINTEXT://${inside.host}:${inside.plain},CONTROLLER://${inside.host}:${inside.controller}` +
      secured(inside.host, inside.secured),
    'advertised.listeners': `PLAINTEXT://${outside.host}:${outside.plain}${secured(outside.host, outside.secured)}`,
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:${security ?? 'PLAINTEXT'}`,
  };
}
