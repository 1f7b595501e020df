import { randomUUID } from 'node:crypto';
import { callTypeOf, mapCall, type Outcome, type Receipt } from '@tidemark/segment';
import { Refused } from '../http/answer.ts';
import { clientAddressOf, countedAs } from '../http/client-address.ts';
import { keyInHeaders } from '../http/credentials.ts';
import { readBody, textOfBody } from '../http/read-body.ts';
import type { MappedEvent } from '../intake/intake.ts';
import { type DoorSource, mappingSourceOf } from '../sources/door-source.ts';
import { boundsProblemOf } from './call-bounds.ts';
import { type Calls, exactTexts, readCalls } from './read-calls.ts';
import { countOf, type DoorRequest, inForce, type Surroundings } from './request-context.ts';
import { sourceOfKey } from './source-of-key.ts';
import { answerOf } from './verdicts.ts';

/** What the path says of the calls: one of this type, or a batch. */
export type CallPath =
  | { readonly kind: 'single'; readonly type: string }
  | { readonly kind: 'batch'; readonly isImported: boolean };

/** Takes calls of Segment's SDKs. Resolves to the answer of a 200. Throws `Refused`. */
export async function takeCalls(path: CallPath, request: DoorRequest, around: Surroundings): Promise<object> {
  const { raw, book, receivedAt } = request;
  const address = countedAs(clientAddressOf(raw, book));
  const keyGiven = keyInHeaders(raw.headers);
  // Whom nobody knows, or who has sent too much, is told before their body is read.
  if (keyGiven !== null) {
    request.source = sourceOfKey(keyGiven, request);
    checkRate(around, request.source, address, 0);
  }
  const body = await readBody(raw, around.budget);
  request.bodyBytes = body.length;
  const text = textOfBody(body);
  const calls = readCalls(text, path);
  request.source ??= sourceOfKey(calls.writeKey, request);
  const { source } = request;
  checkRate(around, source, address, calls.list.length);
  const policy = inForce(await around.state());
  const receipt: Receipt = {
    source: mappingSourceOf(source, policy.currency),
    receivedAt,
    sentAt: calls.sentAt,
    isImported: path.kind === 'batch' && path.isImported,
    newId: randomUUID,
    ...(policy.earliestAt === undefined ? {} : { earliestAt: policy.earliestAt }),
  };
  const outcomes = await around.intake.take(source.settings.name, mapAll(calls, receipt, text, path), receivedAt);
  request.events = outcomes.map((outcome, index) => countOf(callTypeOf(calls.list[index]), outcome));
  request.skewSeconds = skewOf(calls, receivedAt);
  return source.settings.kind === 'browser' ? { success: true } : answerOf(outcomes, source.settings.name);
}

function mapAll({ list, sentAt }: Calls, receipt: Receipt, text: string, path: CallPath): MappedEvent[] {
  const textOf = exactTexts(text, path);
  const form = receipt.isImported ? 'imported-call' : 'call';
  return list.map((call, index) => ({
    outcome: withinBounds(call, mapCall(call, receipt), text.length),
    original: () => {
      const exact = textOf(index);
      return { value: exact === null ? null : Buffer.from(exact), form, sentAt };
    },
  }));
}

/** A body that is no longer than an event may be has none that is longer. */
function withinBounds(call: unknown, outcome: Outcome, bodyLength: number): Outcome {
  const problem = boundsProblemOf(call, bodyLength);
  if (problem === null || outcome.verdict === 'ignored') return outcome;
  return { verdict: 'refused', eventId: outcome.eventId, reason: 'too-large', errors: [problem] };
}

function checkRate({ limits }: Surroundings, source: DoorSource, address: string, events: number): void {
  const wait = limits.take(source, address, events);
  if (wait === null) return;
  throw new Refused(429, 'expected fewer events a second, found more. Nothing was written; send all again later', wait);
}

function skewOf({ sentAt }: Calls, receivedAt: number): number | null {
  const sent = typeof sentAt === 'string' ? Date.parse(sentAt) : Number.NaN;
  return Number.isNaN(sent) ? null : (receivedAt - sent) / 1_000;
}
