import { describe, expect, it } from 'vitest';
import { directiveObjections } from './directive-objections.ts';

describe('directives of a definition', () => {
  it('may hold any option of the site', () => {
    expect(
      directiveObjections(['--gres=gpu:4', '-C gpu&hbm', '--mail-type=END', '#SBATCH --hint=nomultithread', '--network=single_node_vni']),
    ).toEqual([]);
  });

  it('may not take the submission out of our hands', () => {
    for (const directive of [
      '-J mine',
      '--job-name=mine',
      '--array=1-3',
      '--nodes=2',
      '-N2',
      '--wait',
      '-Q',
      '--wrap=true',
      '--hold',
      '--requeue',
    ]) {
      expect(directiveObjections([directive]), directive).toHaveLength(1);
    }
  });

  it('must be options with closed quotes', () => {
    expect(directiveObjections(['gpu:4'])).toEqual(['the directive "gpu:4" is no option of sbatch: expected one that begins with -']);
    expect(directiveObjections(['--comment="x'])).toEqual(['the directive "--comment=\\"x" leaves a quote open']);
  });
});
