import { describe, expect, test } from 'vitest';
import { builtImage } from './build.ts';

describe('what a definition has built', () => {
  test.each([
    [{ context: 'https://github.com/lab/tools' }, 'git+https://github.com/lab/tools#HEAD'],
    [{ context: 'https://github.com/lab/tools.git#v1:images/gpu' }, 'git+https://github.com/lab/tools.git#v1:images%2Fgpu'],
    [{ context: 'https://github.com/lab/tools/tree/main/images' }, 'git+https://github.com/lab/tools#main:images'],
    [
      { context: 'https://gitlab.example.org/lab/tools/-/tree/main', buildContext: './images/', filename: './Containerfile' },
      'git+https://gitlab.example.org/lab/tools?file=Containerfile#main:images',
    ],
    [
      { context: 'https://github.com/lab/tools', target: 'run', buildArgs: ['A=1'] },
      'git+https://github.com/lab/tools?target=run&arg=A%3D1#HEAD',
    ],
  ])('%j is %s', (build, image) => {
    expect(builtImage(build)).toBe(image);
  });

  test.each([
    [{}, 'context is missing'],
    [{ context: 'https://example.org/x.tar.gz' }, 'the archive'],
    [{ context: 'https://github.com/lab/tools', dockerfile: 'FROM x' }, 'files of a repository only'],
    [{ context: 'ssh://git@github.com/lab/tools' }, 'git+ssh:'],
    [{ context: 'https://github.com/lab/tools', filename: '../x' }, 'below the repository'],
  ])('%j is refused', (build, because) => {
    expect(() => builtImage(build)).toThrow(because);
  });
});
