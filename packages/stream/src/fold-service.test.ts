import { expect, test } from 'vitest';
import { type LaneWorker, startLaneService } from './fold-service.ts';
import type { EventLog, Lane, LaneConsumer, LaneHandler, Subscription } from './ports/event-log.ts';
import { SharedWriter } from './shared-writer.ts';

test('a lane that is assigned while the service stops gets no worker, since nobody would stop it', async () => {
  const told: string[] = [];
  let handler: LaneHandler | undefined;
  const log = {
    async consume(subscription: Subscription) {
      handler = subscription.handler;
      return consumer;
    },
  } as unknown as EventLog;
  const consumer = { close: async () => void told.push('left') } as unknown as LaneConsumer;
  const createWorker = (lane: Lane): LaneWorker => ({
    start: () => void told.push(`start ${lane}`),
    reassign: () => undefined,
    push: () => undefined,
    block: () => undefined,
    abandon: () => undefined,
    async stop() {
      handler?.assigned(1, consumer);
      told.push(`stop ${lane}`);
    },
  });
  const subscription = { group: 'g', topics: ['timeline'] };
  const service = await startLaneService(subscription, log, createWorker, new SharedWriter(log));
  handler?.assigned(0, consumer);
  await service.stop();
  expect(told).toEqual(['start 0', 'stop 0', 'left']);
});
