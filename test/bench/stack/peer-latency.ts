import { FOLDING } from '../../stack/remote-pipeline.ts';
import { type Figure, percentile } from '../measure.ts';
import { type BenchContext, type BenchPipeline, goLive, withPipeline } from './bench-context.ts';
import { OrderWay } from './order-way.ts';
import { GUARANTEES, type Guarantee, PEER_NAMES, type PeerProgram, withPeer } from './peer-process.ts';
import { withServices } from './service-group.ts';

/** How often Kafka Streams commits. */
const COMMIT_MS = 10;
const PER_SECOND = 1_000;
const TURN_MS = 10_000;
const WARM_UP_TURNS = 2;
const MEASURED_TURNS = 6;

type Contender = 'Tidemark' | Guarantee;

/** From when an order was due to be sent until its customer's first tier is read, each contender on topics of its own. */
export async function compareLatency({ stack, say }: BenchContext, program: PeerProgram): Promise<Figure[]> {
  const latencies = await withPipeline(stack, 'peer-latency', async (pipeline) => {
    await goLive(pipeline);
    return withServices(FOLDING, pipeline, () =>
      withPipeline(stack, 'peer-exactly', (exactly) =>
        withPipeline(stack, 'peer-least', async (least) => {
          const options = { job: 'whole', threads: 2, commitMs: COMMIT_MS } as const;
          return withPeer(program, exactly, { ...options, guarantee: 'exactly_once_v2' }, () =>
            withPeer(program, least, { ...options, guarantee: 'at_least_once' }, () =>
              carryInTurns(
                new Map<Contender, [BenchPipeline, string]>([
                  ['Tidemark', [pipeline, 'tier-changes']],
                  ['exactly_once_v2', [exactly, 'peer-tier-changes']],
                  ['at_least_once', [least, 'peer-tier-changes']],
                ]),
              ),
            ),
          );
        }),
      ),
    );
  });
  say(
    `latency, p50 and p99: ${JSON.stringify([...latencies].map(([name, ms]) => [name, percentile(ms, 0.5), percentile(ms, 0.99)]))}`,
  );
  const of = (contender: Contender, share: number) => percentile(latencies.get(contender) ?? [], share);
  return GUARANTEES.flatMap((guarantee) =>
    ([0.5, 0.99] as const).map((share) => {
      const value = of('Tidemark', share);
      const floor = { name: PEER_NAMES[guarantee], value: of(guarantee, share) };
      const name = `raw append to tier change at ${PER_SECOND}/s, p${share * 100}`;
      return { name, unit: 'ms', value, runs: [value], floor, mustReach: null };
    }),
  );
}

async function carryInTurns(
  contenders: ReadonlyMap<Contender, readonly [BenchPipeline, string]>,
): Promise<ReadonlyMap<Contender, readonly number[]>> {
  const ways = new Map<Contender, OrderWay>();
  for (const [contender, [pipeline, out]] of contenders) {
    const { namespace } = pipeline;
    const ends = {
      topicOf: ({ topic }: { topic: string }) => `${namespace}.${topic}`,
      outTopic: `${namespace}.${out}`,
    };
    ways.set(contender, await OrderWay.open(pipeline, ends));
  }
  for (let turn = 0; turn < WARM_UP_TURNS + MEASURED_TURNS; turn++) {
    for (const way of ways.values()) await way.carry(PER_SECOND, TURN_MS, turn >= WARM_UP_TURNS);
  }
  await Promise.all([...ways.values()].map((way) => way.close()));
  return new Map([...ways].map(([contender, { latenciesMs }]) => [contender, latenciesMs]));
}
