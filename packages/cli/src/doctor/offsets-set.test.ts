import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf, damage, Folders, laneOfCustomer, rawOrder, runLive, send } from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';

const folders = new Folders();
const lane = laneOfCustomer('anna');
/** Live, with three orders of anna, all of which unify has taken. */
let live: string;

beforeAll(async () => {
  live = folders.path('live');
  await send(live, 'orders', lane, [order(1), order(2), order(3)]);
  await runLive(live);
});
afterAll(() => folders.remove());

describe("a group's offset that something else has set", () => {
  test.each([
    ['orders', '3: nothing is lost'],
    ['marketing', '0: nothing is lost'],
    ['control', 'that of the newest policy in control'],
  ])(
    'beyond the end of %s is told apart from a topic that was cut, with where to set it back to',
    async (topic, to) => {
      const data = folders.copy(live);
      expect(setOffset(data, topic, 9_999)).toBe(1);
      const words = `unify, lane ${lane}: expected to go on at offset 9999 of ${topic}, found a log from 0 to .*\\. Something other than unify set the group's offset; the topic is as it was\\. Stop unify and set the offset back to ${to}\\.`;
      await expect(runLive(data)).rejects.toThrow(new RegExp(`^${words}$`));
      const { code, stdout } = await runTidemark(['doctor', '--data', data]);
      expect([code, stdout]).toEqual([1, expect.stringMatching(new RegExp(`fail  fault place-outside-log +${words}`))]);
    },
  );

  test.each([
    ['orders', 3],
    ['control', 0],
  ])('%s goes on where the sentence says, and every order counts once', async (topic, next) => {
    const data = folders.copy(live);
    setOffset(data, topic, 9_999);
    await expect(runLive(data)).rejects.toThrow('Something other than unify');
    setOffset(data, topic, next);
    await send(data, 'orders', lane, [order(4)]);
    await runLive(data);
    expect((await runTidemark(['verify', '--data', data])).stdout).toMatch(/^0 differences in 1 customers/);
    const { stdout } = await runTidemark(['export', '--data', data]);
    expect(JSON.parse(stdout)).toMatchObject({ customer_id: 'anna', rfm_orders: 4 });
  });
});

test('a topic that was cut is told as such: its offsets are those that unify committed', async () => {
  const data = folders.copy(live);
  expect(damage(data, `UPDATE commits SET next_offset = 9 WHERE ${ofUnify('orders')}`)).toBe(1);
  await expect(runLive(data)).rejects.toThrow('The topic was cut or made anew: bring its records back');
});

test('a topic that was cut is told as such where the offsets were set, too: the timeline knows more of it', async () => {
  const data = folders.copy(live);
  await send(data, 'orders', lane, [order(4)]);
  await runLive(data);
  damage(data, `DELETE FROM blocks WHERE id IN (SELECT max(id) FROM blocks WHERE ${blocksOf('orders', lane)})`);
  expect(setOffset(data, 'orders', 9_999)).toBe(1);
  await expect(runLive(data)).rejects.toThrow('The topic was cut or made anew');
});

function order(n: number) {
  return rawOrder('anna', { eventId: `event-${n}`, orderId: `order-${n}` });
}

function ofUnify(topic: string): string {
  return `member_group = 'unify' AND topic = '${topic}' AND lane = ${lane}`;
}

/** As kafka-consumer-groups.sh does: without a note. */
function setOffset(data: string, topic: string, offset: number): number {
  return damage(data, `UPDATE commits SET next_offset = ${offset}, metadata = '' WHERE ${ofUnify(topic)}`);
}
