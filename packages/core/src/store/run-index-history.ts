import type { DurableEvent, StoredEvent } from '../model/events.ts';

/**
 * An event as the history shows it. Lists in it are cut to their first items, because a page of history must stay small
 * whatever was defined; `cut` says how long each of them was.
 */
export interface HistoryEvent extends StoredEvent {
  readonly cut?: Readonly<Record<string, number>>;
}

const longestHistoryList = 100;

export function historyEvent(stored: StoredEvent): HistoryEvent {
  const long = Object.entries(stored.event).filter(([, value]) => Array.isArray(value) && value.length > longestHistoryList) as [string, unknown[]][];
  if (long.length === 0) return stored;
  const shortened = Object.fromEntries(long.map(([key, items]) => [key, items.slice(0, longestHistoryList)]));
  return {
    ...stored,
    event: { ...stored.event, ...shortened } as DurableEvent,
    cut: Object.fromEntries(long.map(([key, items]) => [key, items.length])),
  };
}
