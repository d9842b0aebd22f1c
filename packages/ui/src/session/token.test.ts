import { expect, test } from 'vitest';
import { tokenInFragment, tokenKey } from './token.ts';

test('a token comes in the fragment and leaves the rest of the address', () => {
  expect(tokenInFragment('#token=4f1c-e9')).toEqual({ token: '4f1c-e9', rest: '#/' });
  expect(tokenInFragment('#token=4f1c&to=/runs?q=state:failed')).toEqual({ token: '4f1c', rest: '#/runs?q=state:failed' });
});

test.each(['', '#/', '#/runs?q=token', '#token=', '#token=a b', '#xtoken=4'])('%j holds no token', (hash) => {
  expect(tokenInFragment(hash)).toBeNull();
});

test('two programs behind one proxy keep different tokens', () => {
  expect(tokenKey('/proxy/51234/')).toBe(tokenKey('/proxy/51234/index.html'));
  expect(tokenKey('/proxy/51234/')).not.toBe(tokenKey('/proxy/51235/'));
});
