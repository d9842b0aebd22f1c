import { describe, expect, test } from 'vitest';
import { commandLine, excepting, selectorsOf, toggled, toggledWord, valuesOf, whereWord, wordsOf } from './selector-text.ts';

describe('a selector as words', () => {
  test('keeps quoted conditions together', () => {
    expect(wordsOf('sweep@*  state:failed where:"lr<1e-3 && seed=2"')).toEqual(['sweep@*', 'state:failed', 'where:"lr<1e-3 && seed=2"']);
    expect(wordsOf(String.raw`where:"tag=\"a b\"" x@*`)).toEqual([String.raw`where:"tag=\"a b\""`, 'x@*']);
  });

  test('switches a status on and off without touching the rest', () => {
    const one = toggled('sweep@* where:"lr<1"', 'state', 'failed');
    expect(one).toBe('sweep@* where:"lr<1" state:failed');
    const two = toggled(one, 'state', 'ready');
    expect(two).toBe('sweep@* where:"lr<1" state:failed,ready');
    expect(valuesOf(two, 'state')).toEqual(['failed', 'ready']);
    expect(toggled(toggled(two, 'state', 'failed'), 'state', 'ready')).toBe('sweep@* where:"lr<1"');
  });

  test('gathers what was typed in several words', () => {
    expect(toggled('state:failed a@* state:ready', 'state', 'running')).toBe('a@* state:failed,ready,running');
  });

  test('repeats keys whose values may hold commas', () => {
    expect(toggled('experiment:a', 'experiment', 'b,c')).toBe('experiment:a experiment:b,c');
  });

  test('writes conditions that the server reads back', () => {
    expect(whereWord('lr', '0.1')).toBe('where:"lr=0.1"');
    expect(whereWord('tag', 'a b')).toBe(String.raw`where:"tag=\"a b\""`);
    expect(toggledWord('x@* where:"lr=0.1"', 'where:"lr=0.1"')).toBe('x@*');
  });
});

describe('the same for a shell', () => {
  test('quotes what a shell would read otherwise', () => {
    expect(commandLine('resume', 'sweep@* state:failed where:"lr<1e-3"')).toBe("juqueue resume 'sweep@*' state:failed 'where:lr<1e-3'");
  });

  test('names the runs that are left out, as long as a selector holds them', () => {
    expect(commandLine('resume', excepting('sweep@* where:"lr<1"', ['sweep@a', 'sweep@b']) ?? '')).toBe(
      "juqueue resume 'sweep@*' 'where:lr<1' except:sweep@a except:sweep@b",
    );
    expect(excepting('', ['sweep@a'])).toBe('except:sweep@a');
    expect(
      excepting(
        '',
        Array.from({ length: 400 }, (_, i) => `sweep@run${i}`),
      ),
    ).toBeNull();
  });

  test('names many runs in as many commands as that takes', () => {
    const ids = Array.from({ length: 400 }, (_, i) => `sweep@run${i}`);
    const selectors = selectorsOf(ids);
    expect(selectors.length).toBe(2);
    expect(selectors.join(' ').split(' ')).toEqual(ids);
  });

  test('says that every run is meant', () => {
    expect(commandLine('runs', '')).toBe("juqueue runs '*@*'");
  });
});
