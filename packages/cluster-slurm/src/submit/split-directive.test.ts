import { describe, expect, it } from 'vitest';
import { splitDirective } from './split-directive.ts';

describe('a directive becomes arguments', () => {
  it('at blanks, with or without the word #SBATCH', () => {
    expect(splitDirective('--gres=gpu:4')).toEqual(['--gres=gpu:4']);
    expect(splitDirective('-C  gpu')).toEqual(['-C', 'gpu']);
    expect(splitDirective('#SBATCH --mail-type ALL')).toEqual(['--mail-type', 'ALL']);
    expect(splitDirective('   ')).toEqual([]);
  });

  it('with quoted text kept together and its quotes removed', () => {
    expect(splitDirective('--comment="two words"')).toEqual(['--comment=two words']);
    expect(splitDirective("--constraint='a&b' -q x")).toEqual(['--constraint=a&b', '-q', 'x']);
    expect(splitDirective('--comment=a\\ b')).toEqual(['--comment=a b']);
    expect(splitDirective('--comment=""')).toEqual(['--comment=']);
  });

  it('up to a comment', () => {
    expect(splitDirective('--qos=long # for the big ones')).toEqual(['--qos=long']);
    expect(splitDirective('--comment=a#b')).toEqual(['--comment=a#b']);
  });

  it('and never runs anything: what a shell would expand stays text', () => {
    expect(splitDirective('--comment=$(touch x);`y`')).toEqual(['--comment=$(touch', 'x);`y`']);
  });

  it('not when a quote is left open', () => {
    expect(splitDirective('--comment="half')).toBeNull();
  });
});
