import { parseTimeLimit } from '../slurm-time.ts';

/** One partition as `scontrol --oneliner show partition` has it. */
export interface Partition {
  readonly name: string;
  readonly isDefault: boolean;
  /** `UP`, `DOWN`, `DRAIN` or `INACTIVE`. */
  readonly state: string;
  readonly maxTimeMs: number | 'unlimited' | null;
  readonly nodeCount: number | null;
  readonly cpuCount: number | null;
}

/** The partitions in the answer, one per line; other lines are none. */
export function parsePartitions(stdout: string): readonly Partition[] {
  return stdout.split('\n').flatMap((line) => {
    const fields = new Map([...line.matchAll(/(\w+)=(\S*)/g)].map(([, key = '', value = '']) => [key, value]));
    const name = fields.get('PartitionName');
    if (name === undefined) return [];
    return {
      name,
      isDefault: fields.get('Default') === 'YES',
      state: fields.get('State') ?? '',
      maxTimeMs: parseTimeLimit(fields.get('MaxTime') ?? ''),
      nodeCount: wholeNumber(fields.get('TotalNodes')),
      cpuCount: wholeNumber(fields.get('TotalCPUs')),
    };
  });
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}
