import { describe, expect, it } from 'vitest';
import { parseSelector } from './parse-selector.ts';
import { parseSelectorText } from './parse-selector-text.ts';
import { describeSelectorProblem } from './selector-problem.ts';
import { everyRun } from './selector.ts';

function sentences(text: string): readonly string[] {
  const result = parseSelectorText(text);
  return result.kind === 'unreadable' ? result.problems.map(describeSelectorProblem) : [];
}

describe('the selector of flags', () => {
  it('means every run when nothing is given', () => {
    expect(parseSelector({})).toEqual({ kind: 'selector', selector: everyRun });
  });

  it('reads each part, words at commas, names as they are', () => {
    expect(
      parseSelector({
        names: ['sweep@*', 'a@lr=1,s=2'],
        states: ['failed,ready', 'running'],
        reasons: ['exit'],
        experiments: ['x,y'],
        clusters: ['c'],
        nodes: ['n*'],
        failures: ['0123456789ab'],
        where: ['lr<1e-3'],
      }),
    ).toEqual({
      kind: 'selector',
      selector: {
        names: ['sweep@*', 'a@lr=1,s=2'],
        except: [],
        statuses: ['failed', 'ready', 'running'],
        reasons: ['exit'],
        experiments: ['x,y'],
        clusters: ['c'],
        nodes: ['n*'],
        failures: ['0123456789ab'],
        where: [{ parameter: 'lr', operator: '<', value: 0.001 }],
      },
    });
  });

  it('tells every problem with the part that it is in', () => {
    const result = parseSelector({ names: ['sweep'], states: ['failed,redy'] });
    expect(result.kind === 'unreadable' && result.problems.map(describeSelectorProblem)).toEqual([
      `The selector's name 'sweep' cannot be read at character 6: expected '@' between experiment and run, found its end. Did you mean 'sweep@*'?`,
      `The selector's state 'failed,redy' cannot be read at character 8: expected one of inactive, ready, running, finished, failed, found 'redy'. Did you mean 'ready'?`,
    ]);
  });
});

describe('the selector as text', () => {
  it('reads names and keys in any order', () => {
    expect(
      parseSelectorText(
        '  sweep@*  except:sweep@a state:failed experiment:x except:*@b node:n1 *@seed1 failure:0123456789ab where:"lr<1e-3 && seed=2" state:ready ',
      ),
    ).toEqual({
      kind: 'selector',
      selector: {
        names: ['sweep@*', '*@seed1'],
        except: ['sweep@a', '*@b'],
        statuses: ['failed', 'ready'],
        reasons: [],
        experiments: ['x'],
        clusters: [],
        nodes: ['n1'],
        failures: ['0123456789ab'],
        where: [
          { parameter: 'lr', operator: '<', value: 0.001 },
          { parameter: 'seed', operator: '=', value: 2 },
        ],
      },
    });
  });

  it('means every run when it is empty', () => {
    expect(parseSelectorText('  ')).toEqual({ kind: 'selector', selector: everyRun });
  });

  it('points into the text that was typed, through quotes', () => {
    const text = String.raw`a@* where:"tag=\"x\" lr<1"`;
    const result = parseSelectorText(text);
    expect(result.kind === 'unreadable' && result.problems.map((problem) => text.slice(problem.position))).toEqual(['lr<1"']);
  });

  it.each([
    [
      'stat:failed',
      `expected one of except: state: reason: experiment: cluster: node: failure: where:, found 'stat:'. Did you mean 'state:'?`,
    ],
    ['status:failed', `Did you mean 'state:'?`],
    ['state:faild', `at character 7: expected one of inactive, ready, running, finished, failed, found 'faild'. Did you mean 'failed'?`],
    ['state:', `found its end`],
    [
      'sweep/run1',
      `at character 6: expected experiment@run, or a pattern such as experiment@* or *@run, found '/'. Did you mean 'sweep@run1'?`,
    ],
    ['a@b@c', `at character 4: expected one '@'`],
    ['@seed1', `Did you mean '*@seed1'?`],
    ['sweep@', `Did you mean 'sweep@*'?`],
    ['experiment:', 'expected a name of letters'],
    ['where:"lr<1', 'expected a closing " and then a space'],
    ['where:lr', 'at character 9: expected one of = != < <= > >=, found its end'],
    ['where:"lr<1 and seed=2"', `at character 13: expected '&&' and another comparison, or the end, found 'and'. Did you mean '&&'?`],
    ['where:"flag<true"', `expected a number or text after '<', found 'true'`],
    ['where:lr<', 'expected a value for lr'],
  ])('answers %s with place, expectation and value', (text, part) => {
    expect(sentences(text)).toEqual([expect.stringContaining(part)]);
  });
});
