import { describe, expect, test } from 'vitest';
import { expandPath, expandVariables, fillSecrets, secretFiles } from './node-variables.ts';

const node = new Map([
  ['PATH', '/bin'],
  ['EMPTY', ''],
  ['HOME', '/home/u'],
  ['EVIL', '${PATH} $(id)'],
]);
const valueOf = (name: string): string | undefined => node.get(name);

describe('variables of the node', () => {
  test.each([
    ['/opt:${PATH}', '/opt:/bin'],
    ['${MISSING}', ''],
    ['${MISSING:-a b}', 'a b'],
    ['${EMPTY:-x}', 'x'],
    ['${PATH:-x}', '/bin'],
    ['$${PATH}', '${PATH}'],
    ['$PATH', '$PATH'],
    ['${PATH%x}', '${PATH%x}'],
    ['${EVIL}', '${PATH} $(id)'],
    ['${secret:/k}', '${secret:/k}'],
    ['$${secret:/k}', '$${secret:/k}'],
  ])('%j is %j', (text, expected) => {
    expect(expandVariables(text, valueOf)).toBe(expected);
  });

  test('paths may begin with the home directory', () => {
    expect(expandPath('~/v', valueOf)).toBe('/home/u/v');
    expect(expandPath('${HOME}/v', valueOf)).toBe('/home/u/v');
    expect(expandPath('/v~', valueOf)).toBe('/v~');
  });

  test('secrets are found and filled in, each file once; what they hold is not read again', () => {
    expect(secretFiles(['a${secret:/k}b', '${secret:/k}${secret:/l}', 'none'])).toEqual(['/k', '/l']);
    expect(fillSecrets('a${secret:/k}b', new Map([['/k', '${secret:/k}']]))).toBe('a${secret:/k}b');
    expect(fillSecrets('$${secret:/k}', new Map([['/k', 'x']]))).toBe('${secret:/k}');
  });
});
