import { expect, test } from 'vitest';
import { topics } from './catalogue.ts';
import { schemas } from './generated/schemas.ts';

// What pipelines that run have on disk and on the wire. New names come at their place; what stands here stays.

test('topics keep their names, and their order among themselves', () => {
  const first: readonly string[] = [
    'interactions',
    'orders',
    'marketing',
    'identities',
    'control',
    'timeline',
    'rfm-changes',
    'behaviour-changes',
    'churn-changes',
    'tier-changes',
    'dead-letters',
  ];
  expect(topics.map(({ name }) => name).filter((name) => first.includes(name))).toEqual(first);
});

const fingerprints: Readonly<Record<string, readonly string[]>> = {
  'behaviour-change': ['eaaff49612eb1dd5'],
  'churn-change': ['2e2b0cd23f0827bc'],
  'dead-letter': ['4c99651052c85da7'],
  'identity-event': ['f7a76f257ba7b312'],
  'interaction-event': ['e617f4c8ecb2d800'],
  'live-switch': ['dbafc06df538ee9a'],
  marker: ['dddbbe1ec7373890'],
  'marketing-event': ['d33edc2d00b96243'],
  'order-event': ['0e149307e10eb48b'],
  policy: ['0563474f7eb17d93'],
  progress: ['f35cf3ecb67d57dd', 'f6753badf46c60d7'],
  punctuation: ['ef82b37f6a7f3be1'],
  'rfm-change': ['cbfd1c8034551d5f'],
  'tier-change': ['1ec498b184b77613'],
  'timeline-identity': ['c6311dd6e3439c52'],
  'timeline-interaction': ['aaf87f48bdc8ee69'],
  'timeline-live-switch': ['8cda1befd86fd9e7'],
  'timeline-marketing': ['3da2a352c64e3d8f'],
  'timeline-order': ['7a29805015ba777e'],
  'timeline-policy': ['b94d9dd80a3b6430'],
};

test.each(Object.entries(fingerprints))('%s keeps the fingerprints that it was written with', (recordType, known) => {
  const versions = schemas[recordType as keyof typeof schemas];
  expect(versions.slice(0, known.length).map(({ fingerprint }) => fingerprint)).toEqual(known);
});
