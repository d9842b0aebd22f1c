import { expect, test } from 'vitest';
import { contentHash } from './content-hash.ts';

/** Ids that compute-queues gives to these definitions. */
test.each([
  [{ image: 'alpine:3.18.5', command: 'echo 1' }, 'd4c446637413aa78f685e1644a30fa31576089dd6ec5ba9116a5ed4b02e52672'],
  [
    { requirements: { gpus: 1 }, image: 'alpine:3.18.5', command: 'echo 1' },
    '9155c160f36e1eaf28a79aaf3066e9323588467cfeca59a0fa51f9a92f3c47ab',
  ],
  [
    { inputs: { 'a.txt': { value: 'hello', type: 'utf8' } }, image: 'alpine:3.18.5', command: 'cat /inputs/a.txt' },
    'eece1e53d2a3ecba7d78a381f3a2823de384761dffbbc606533125e945bdccc7',
  ],
])('the hash of %j is that of its canonical JSON', (definition, hash) => {
  expect(contentHash(definition)).toBe(hash);
});

test('nothing is left out of the hash: 0, null and empty lists differ from nothing', () => {
  const hashes = [{}, { a: 0 }, { a: null }, { a: [] }, { a: false }, { a: '' }].map(contentHash);
  expect(new Set(hashes).size).toBe(hashes.length);
});
