import type { CustomerId, TimeMs } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { LaneCustomers } from './lane-customers.ts';

const [A, B, C] = ['a', 'b', 'c'] as [CustomerId, CustomerId, CustomerId];

function customersOf(...loaded: readonly CustomerId[]): LaneCustomers<number> {
  const customers = new LaneCustomers<number>(2, () => null);
  customers.load(
    loaded.map((customerId) => ({ customerId, facet: '1', timer: 5 as TimeMs })),
    'a lane',
  );
  return customers;
}

test('whom a chunk loaded and met in passing is not kept; whoever had an event, or was not met yet, is', () => {
  const customers = customersOf(A, B, C);
  customers.entry(A).met = 'passing';
  customers.entry(B).met = 'event';
  customers.evict();
  expect([A, B, C].map((customerId) => customers.has(customerId))).toEqual([false, true, true]);
});

test('whom an earlier chunk kept stays, although a later one meets him in passing', () => {
  const customers = customersOf(A);
  customers.entry(A).met = 'event';
  customers.evict();
  customers.entry(A).met = 'passing';
  customers.evict();
  expect(customers.has(A)).toBe(true);
});

test('whom a chunk loaded in vain is looked at again when the next loads him again', () => {
  const customers = customersOf(A);
  customers.evict();
  customers.load([{ customerId: A, facet: '1', timer: null }], 'a lane');
  customers.entry(A).met = 'passing';
  customers.evict();
  expect(customers.has(A)).toBe(false);
});

test('beyond the bound those go who were cached longest ago', () => {
  const customers = customersOf(A, B, C);
  customers.evict();
  expect([A, B, C].map((customerId) => customers.has(customerId))).toEqual([false, true, true]);
});

test('what a chunk changed is written once, and not again with the next', () => {
  const customers = customersOf(A);
  const entry = customers.entry(A);
  customers.setFacet(entry, 2);
  customers.setTimer(entry, null);
  customers.setFacet(entry, 3);
  expect(customers.takeWrites()).toEqual([{ customerId: A, facet: '3', timer: null, label: undefined }]);
  expect(customers.takeWrites()).toEqual([]);
});
