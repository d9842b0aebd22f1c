import { describe, expect, it } from 'vitest';
import { workerUrl } from './worker-url.ts';

describe('the file of a worker', () => {
  it('stands beside the module that starts it, as source among sources and as script in a bundle', () => {
    expect(workerUrl('journal-worker', 'file:///app/src/store/journal-store.ts').href).toBe('file:///app/src/store/journal-worker.ts');
    expect(workerUrl('journal-worker', 'file:///app/dist/server.js').href).toBe('file:///app/dist/journal-worker.js');
  });
});
