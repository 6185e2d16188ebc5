// The server's event stream (docs/events.md). The browser reconnects by itself and goes on where it was.
import { urlOf } from './api';
import type { JsonObject } from './types';

export interface Event {
  seq: number;
  tx: number;
  at: string;
  change: 'added' | 'changed' | 'removed';
  collection: string;
  item: string;
  verb: string;
  revision: number;
  before: JsonObject | null;
  after: JsonObject | null;
  who?: string;
  via?: string;
  user?: string;
}

export interface Following {
  collection?: string;
  item?: string;
  filter?: string;
  verb?: string;
}

/** Tells each change that this session may see, from now on, until the answer is called. `state`: whether it is connected. */
export function follow(what: Following, tell: (event: Event) => void, state: (connected: boolean) => void = () => {}): () => void {
  const source = new EventSource(urlOf('/api/events', { ...what }));
  source.onopen = () => state(true);
  source.onerror = () => state(false);
  source.onmessage = (message: MessageEvent<string>) => {
    try {
      tell(JSON.parse(message.data) as Event);
    } catch {
      // Not an event of ours.
    }
  };
  source.addEventListener('end', () => {
    source.close();
    state(false);
  });
  return () => source.close();
}
