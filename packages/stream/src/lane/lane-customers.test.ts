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

test('whom an earlier chunk kept stays, although a later one meets them in passing', () => {
  const customers = customersOf(A);
  customers.entry(A).met = 'event';
  customers.evict();
  customers.entry(A).met = 'passing';
  customers.evict();
  expect(customers.has(A)).toBe(true);
});

test('whom a chunk loaded in vain is looked at again when the next loads them again', () => {
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

test('on an empty store everybody is kept and known, until there are too many', () => {
  const customers = new LaneCustomers<number>(2, () => null);
  customers.forget(true);
  for (const customerId of [A, B]) customers.setDue(customers.entry(customerId), 5 as TimeMs);
  customers.entry(A).met = 'passing';
  customers.evict();
  expect([A, B].map((customerId) => customers.has(customerId))).toEqual([true, true]);
  expect([customers.isWhole, customers.nextArmed(5 as TimeMs)?.customerId]).toEqual([true, A]);
  customers.entry(C);
  customers.evict();
  expect([customers.isWhole, customers.nextArmed(5 as TimeMs)]).toEqual([false, null]);
});

test('on a store that may have anybody it never is whole', () => {
  const customers = customersOf(A);
  customers.forget(false);
  customers.evict();
  expect(customers.isWhole).toBe(false);
});

test('timers that were moved do not pile up', () => {
  const customers = new LaneCustomers<number>(9, () => null);
  customers.forget(true);
  const [a, b] = [customers.entry(A), customers.entry(B)];
  customers.setDue(b, 7 as TimeMs);
  for (let due = 100; due > 5; due--) {
    customers.setDue(a, due as TimeMs);
    customers.evict();
  }
  const next = () => customers.nextArmed(1_000 as TimeMs)?.customerId;
  expect(next()).toBe(A);
  customers.setTimer(a, null);
  expect(next()).toBe(B);
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
