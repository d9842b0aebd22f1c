import { describe, expect, test } from 'vitest';
import { buildText, isBelow, readBuild } from './build-reference.ts';

const commit = 'a'.repeat(40);
const full = {
  url: 'https://git.example.org/lab/tools.git',
  ref: commit,
  folder: 'images/gpu',
  file: 'Containerfile',
  target: 'run',
  args: ['A=1', 'B=x y'],
};

describe('an image from a repository', () => {
  test('is an address, a commit, a folder, and what the build is told', () => {
    expect(readBuild(buildText(full))).toEqual(full);
    expect(readBuild('git+file:///srv/git/x.git')).toEqual({
      url: 'file:///srv/git/x.git',
      ref: 'HEAD',
      folder: '',
      file: 'Dockerfile',
      target: null,
      args: [],
    });
  });

  test.each([
    ['git+ssh://host/x', 'git+ssh:'],
    ['git+https://me:secret@host/x', 'a password'],
    ['git+https://host/x#--upload-pack=sh', 'behind its address'],
    ['git+https://host/x#main:../up', "'../up'"],
    ['git+https://host/x#main:/etc', "'/etc'"],
    ['git+https://host/x?file=../../etc/passwd', 'below the repository'],
    ['git+https://host/x?target=-x', 'the name of a stage'],
    ['git+https://host/x?arg=A%0AB', 'NAME=value'],
    ['git+https://host/x?secret=1', "'secret'"],
    ['git+nothing', 'is no address'],
  ])('%s is refused', (image, because) => {
    expect(() => readBuild(image)).toThrow(because);
  });

  test('is of a repository that is allowed, however its address is written', () => {
    const allowed = ['https://git.example.org/lab/'];
    expect(isBelow(readBuild('git+https://git.example.org/lab/tools.git'), allowed)).toBe(true);
    expect(isBelow(readBuild('git+https://git.example.org/lab/../other/x.git'), allowed)).toBe(false);
    expect(isBelow(readBuild('git+https://git.example.org/lab/%2e%2e/other/x.git'), allowed)).toBe(false);
    expect(isBelow(readBuild('git+https://git.example.org/laboratory/x.git'), allowed)).toBe(false);
    expect(isBelow(readBuild('git+https://git.example.org.evil.example/lab/x.git'), allowed)).toBe(false);
  });
});
