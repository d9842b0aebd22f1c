import { describe, expect, it } from 'vitest';
import { plainDriver, slurmDefinition } from '../../test/slurm-definition.ts';
import type { SbatchRequest } from './sbatch-options.ts';
import { namedCluster, sbatchOptions } from './sbatch-options.ts';

const options = (change: Partial<SbatchRequest> = {}): readonly string[] =>
  sbatchOptions({
    definition: slurmDefinition(),
    driver: plainDriver,
    request: { walltimeMs: 4 * 3_600_000 },
    jobName: 'juqueue-0f0f0f0f-a',
    directory: '/w',
    output: '/w/logs/hpc-00001-%j.log',
    site: { account: null, partition: null, qos: null, reservation: null },
    isMemoryDivided: false,
    excludedHosts: [],
    ...change,
  });

describe('the options of sbatch', () => {
  it('ask for one whole node that is never requeued and warns in time', () => {
    expect(options()).toEqual([
      '--time=0-04:00:00',
      '--exclusive',
      '--propagate=NONE',
      '--signal=B:USR2@90',
      '--chdir=/w',
      '--output=/w/logs/hpc-00001-%j.log',
      '--open-mode=append',
      '--parsable',
      '--no-requeue',
      '--export=ALL',
      '--nodes=1',
      '--ntasks=1',
      '--job-name=juqueue-0f0f0f0f-a',
    ]);
  });

  it('hold what the definition says', () => {
    const driver = {
      ...plainDriver,
      queue: 'gpu',
      account: 'budget1',
      jobCpus: 64,
      jobMemoryBytes: 2 ** 30,
      excludedHosts: ['n1', 'n[3-4]'],
    };
    expect(options({ driver, excludedHosts: ['n9'] })).toEqual(
      expect.arrayContaining(['--partition=gpu', '--account=budget1', '--cpus-per-task=64', '--mem=1024M', '--exclude=n1,n[3-4],n9']),
    );
  });

  it('ask for what a node offers where the definition asks for nothing else', () => {
    const definition = slurmDefinition({}, { nodeResources: { slots: 4, cpus: 128, gpus: 4, mem: 500e9 } });
    expect(options({ definition })).toEqual(expect.arrayContaining(['--cpus-per-task=128', '--gres=gpu:4', '--mem=476837M']));
    expect(options({ definition, driver: { ...plainDriver, directives: ['--gpus-per-node=a100:4'] } })).not.toContain('--gres=gpu:4');
  });

  it('ask for all memory where Slurm divides it, and never for all by rounding down', () => {
    expect(options({ isMemoryDivided: true })).toContain('--mem=0');
    expect(options({ driver: { ...plainDriver, jobMemoryBytes: 1000 } })).toContain('--mem=1M');
  });

  it("put the person's directives over ours, but not over what makes the job ours", () => {
    const all = options({
      driver: { ...plainDriver, directives: ['--time=1-00:00:00', '--signal=B:TERM@10', '--export=NONE', '-C "gpu&hbm"'] },
    });
    const last = (name: string): string | undefined => all.findLast((option) => option.startsWith(`--${name}=`));
    expect([last('time'), last('signal'), last('export')]).toEqual(['--time=1-00:00:00', '--signal=B:TERM@10', '--export=ALL']);
    expect(all.slice(all.indexOf('-C'), all.indexOf('-C') + 2)).toEqual(['-C', 'gpu&hbm']);
  });

  it('leave out what a site does not accept, but nothing that makes the job ours', () => {
    const all = options({ isMemoryDivided: true, driver: { ...plainDriver, skippedDirectives: ['--mem', 'exclusive', '--', ''] } });
    expect(all).toEqual(['--parsable', '--no-requeue', '--export=ALL', '--nodes=1', '--ntasks=1', '--job-name=juqueue-0f0f0f0f-a']);
  });

  it("take a site's own defaults where the definition leaves them open", () => {
    const site = { account: 'training', partition: 'devel', qos: 'low', reservation: 'course' };
    expect(options({ site })).toEqual(
      expect.arrayContaining(['--account=training', '--partition=devel', '--qos=low', '--reservation=course']),
    );
    expect(options({ site, driver: { ...plainDriver, account: 'mine' } })).toContain('--account=mine');
  });

  it('warn early enough for a saving, but in the last quarter of a short allocation', () => {
    const warning = (walltimeMs: number | null, graceMs: number): string | undefined =>
      options({ definition: slurmDefinition({}, { graceMs }), request: { walltimeMs } }).find((option) => option.startsWith('--signal='));
    expect(warning(86_400_000, 600_000)).toBe('--signal=B:USR2@660');
    expect(warning(60_000, 30_000)).toBe('--signal=B:USR2@15');
    expect(warning(null, 1e9)).toBe('--signal=B:USR2@65535');
  });
});

describe('the cluster of a multi-cluster site', () => {
  it('is found in every spelling of the option', () => {
    for (const directive of ['-M c2', '-Mc2', '--clusters=c2', '--clusters c2', '#SBATCH --cluster=c2'])
      expect(namedCluster([directive]), directive).toBe('c2');
    expect(namedCluster(['--mem=4G'])).toBeNull();
  });
});
