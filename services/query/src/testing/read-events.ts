import { createParser } from 'eventsource-parser';

export interface ReceivedEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly lane: number;
  readonly number: number;
}

/** Reads a stream of tier changes until it has `count` of them, then leaves. */
export async function readEvents(response: Response, count: number): Promise<readonly ReceivedEvent[]> {
  const events: ReceivedEvent[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      const { lane, number } = JSON.parse(data) as { readonly lane: number; readonly number: number };
      events.push({ id, event, lane, number });
    },
  });
  const decoder = new TextDecoder();
  // Leaving the loop cancels the body, which closes the connection.
  for await (const bytes of response.body ?? []) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    if (events.length >= count) break;
  }
  return events.slice(0, count);
}
