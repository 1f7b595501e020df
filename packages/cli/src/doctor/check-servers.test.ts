import { expect, test } from 'vitest';
import { checkMembers, checkRedis, checkRegistry, checkServerTopics } from './check-servers.ts';

const SAME = { missing: [], changes: [], problems: [] };
const CHANGE = { topic: 'shop.timeline', setting: 'cleanup.policy', from: 'compact', to: 'delete' };

test('topics that are missing, differ or cannot be mended by a command fail, each with what to do', () => {
  expect(checkServerTopics(SAME).status).toBe('ok');
  const missing = { name: 'shop.orders' } as Parameters<typeof checkServerTopics>[0]['missing'][number];
  expect(checkServerTopics({ ...SAME, missing: [missing] })).toMatchObject({
    status: 'fail',
    detail: 'missing: shop.orders',
    advice: expect.stringContaining('npx tidemark topics apply'),
  });
  expect(checkServerTopics({ ...SAME, changes: [CHANGE] })).toMatchObject({
    status: 'fail',
    detail: 'shop.timeline: expected cleanup.policy delete, found compact',
  });
  expect(checkServerTopics({ ...SAME, problems: ['expected 12 partitions'] })).toMatchObject({
    status: 'fail',
    detail: 'expected 12 partitions',
  });
});

test('a Redis that could lose more than it should is a warning', () => {
  expect(checkRedis(null, []).status).toBe('ok');
  expect(checkRedis(null, ['expected appendonly yes.'])).toMatchObject({ status: 'warn' });
});

test('a registry without a schema fails; without a later version of one it is a warning', () => {
  expect(checkRegistry([]).status).toBe('ok');
  const order = { recordType: 'order-event', version: 1 } as const;
  const policy = { recordType: 'policy', version: 2 } as const;
  expect(checkRegistry([order])).toMatchObject({ status: 'fail', detail: 'schemas are missing: order-event' });
  expect(checkRegistry([policy])).toMatchObject({ status: 'warn', detail: 'schemas are missing: policy version 2' });
  expect(checkRegistry([{ recordType: 'cutover', version: 1 }]).status).toBe('warn');
  expect(checkRegistry([order, policy]).status).toBe('fail');
});

test('services without a process are named, unless the whole pipeline stands still', () => {
  const needed = new Set(['unify', 'rfm']);
  const check = (members: Readonly<Record<string, number>>) => checkMembers(new Map(Object.entries(members)), needed);
  expect(check({ unify: 1, rfm: 2 })).toMatchObject({
    status: 'ok',
    detail: 'unify 1, rfm 2',
  });
  const one = check({ unify: 1, rfm: 0 });
  expect(one).toMatchObject({ status: 'warn', advice: expect.stringContaining('Start rfm') });
  expect(check({ unify: 0, rfm: 0 }).status).toBe('ok');
  // A facet that is off needs none.
  expect(check({ unify: 1, rfm: 2, visits: 0 })).toMatchObject({ status: 'ok', detail: 'unify 1, rfm 2' });
});
