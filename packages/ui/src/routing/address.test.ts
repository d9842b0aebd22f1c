import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, parseAddress, screenNames } from './address.ts';

test('an address says which screen, of what, and how', () => {
  expect(parseAddress('#/run/sweep@a?attempt=2')).toEqual({ screen: 'run', subject: 'sweep@a', query: new Map([['attempt', '2']]) });
  expect(parseAddress('')).toEqual({ screen: 'overview', subject: null, query: new Map() });
});

test('what no screen is called leads to the overview', () => {
  expect(parseAddress('#/nonsense').screen).toBe('overview');
});

test('selectors stay readable in an address', () => {
  expect(formatAddress('runs', null, { q: 'sweep@* state:failed', sort: null })).toBe('#/runs?q=sweep@*+state:failed');
});

test('every address is read as it was written', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(
      fc.constantFrom(...screenNames),
      fc.option(text),
      fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
        text,
      ),
      (screen, subject, query) => {
        const subjectHere = screen === 'overview' ? null : subject;
        expect(parseAddress(formatAddress(screen, subjectHere, query))).toEqual({
          screen,
          subject: subjectHere,
          query: new Map(Object.entries(query)),
        });
      },
    ),
  );
});
