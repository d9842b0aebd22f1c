import type { ParameterValue, StartSpec } from '@juqueue/core';

/** The command with its parameters as one argument vector, in the order of the definition. Options of argparse are written with dashes. */
export function commandLine(spec: Pick<StartSpec, 'cmd' | 'parameters' | 'parameterFormat'>): readonly string[] {
  const argv = [...spec.cmd];
  for (const [key, value] of Object.entries(spec.parameters)) {
    if (spec.parameterFormat === 'argparse') argv.push(`--${key.replaceAll('_', '-')}`, spell(value));
    else argv.push(`${key}=${spell(value)}`);
  }
  return argv;
}

/** Truth values as Python spells them: the programs of existing definitions parse `True` and `False`. */
function spell(value: ParameterValue): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}
