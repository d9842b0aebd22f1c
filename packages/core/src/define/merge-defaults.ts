import type { RunDefaults, RunSource } from './experiment-schema.ts';

/**
 * A run with the defaults of its experiment: `parameters`, `executor` and `executor.env` key by key, defaults first; of every
 * other key the run's own value replaces the default.
 */
export function mergeDefaults(defaults: RunDefaults, run: RunSource): RunSource {
  const merged: RunSource = { ...defaults, ...run };
  if (defaults.parameters !== undefined && run.parameters !== undefined) merged.parameters = { ...defaults.parameters, ...run.parameters };
  if (defaults.executor !== undefined && run.executor !== undefined) {
    merged.executor = { ...defaults.executor, ...run.executor };
    if (defaults.executor.env !== undefined && run.executor.env !== undefined)
      merged.executor.env = { ...defaults.executor.env, ...run.executor.env };
  }
  return merged;
}
