import type { StoredEvent } from '../model/events.ts';
import { MemoryStore } from './memory-store.ts';
import { describeStore } from './store-contract.ts';

describeStore('the memory store', async () => {
  const memory: (readonly StoredEvent[])[] = [];
  return { open: () => Promise.resolve(new MemoryStore(memory)), [Symbol.asyncDispose]: () => Promise.resolve() };
});
