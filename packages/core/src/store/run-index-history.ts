import type { DurableEvent, StoredEvent } from '../model/events.ts';
import type { HistoryEvent } from '../ports/run-index.ts';

const longestHistoryList = 100;

export function historyEvent(stored: StoredEvent): HistoryEvent {
  const long = Object.entries(stored.event).filter(([, value]) => Array.isArray(value) && value.length > longestHistoryList) as [
    string,
    unknown[],
  ][];
  if (long.length === 0) return stored;
  const shortened = Object.fromEntries(long.map(([key, items]) => [key, items.slice(0, longestHistoryList)]));
  return {
    ...stored,
    event: { ...stored.event, ...shortened } as DurableEvent,
    cut: Object.fromEntries(long.map(([key, items]) => [key, items.length])),
  };
}
