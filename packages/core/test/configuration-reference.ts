import { localClusterSchema, slurmClusterSchema } from '../src/define/clusters-schema.ts';
import { expectation } from '../src/define/check-shape.ts';
import { experimentSchema } from '../src/define/experiment-schema.ts';
import { hubProfileSchema, hubSchema } from '../src/define/hub-schema.ts';
import { notifySchema } from '../src/define/notify-schema.ts';
import {
  clusterMeanings,
  containerMeanings,
  executorMeanings,
  experimentMeanings,
  hubMeanings,
  hubProfileMeanings,
  notifyMeanings,
  runMeanings,
} from './key-meanings.ts';

/** The part of a JSON schema that is looked at here. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly const?: string;
}

/** `docs/configuration.md`: every key of the definitions with what it expects, from the schemas that check them. */
export function configurationReference(): string {
  const local = shapeOf(localClusterSchema);
  const experiment = shapeOf(experimentSchema);
  const run = property(experiment, 'runs').items ?? {};
  const executor = property(run, 'executor');
  return `# Keys of the definitions

Made from the schemas by \`npm run reference\`. Durations are \`90s\`, \`10m\`, \`1h30m\` or \`1-00:00:00\`, sizes \`512MiB\` or \`4GB\`.
An unknown key is an error that names the nearest one; keys of dask-jobqueue that have no meaning here are accepted with a
warning that says who does that work instead.

## clusters.yaml: each cluster

${table(shapeOf(slurmClusterSchema), clusterMeanings, (key) => (key in (local.properties ?? {}) ? '' : 'Slurm only: '))}

## clusters.yaml: hub

The hub whose jobs this manager executes.

${table(shapeOf(hubSchema), hubMeanings)}

### A profile, and images

\`images\` has the keys from \`runtime\` to \`max_jobs\`.

${table(shapeOf(hubProfileSchema), hubProfileMeanings)}

## experiments/*.yaml

${table(experiment, experimentMeanings)}

### A run

In \`runs\`, and without \`id\` in \`defaults\`.

${table(run, runMeanings)}

### executor

${table(executor, executorMeanings)}

### executor.container

${table(property(executor, 'container'), containerMeanings)}

## notify.yaml

${table(shapeOf(notifySchema), notifyMeanings)}
`;
}

function table(schema: Shape, meanings: Readonly<Record<string, string>>, remark: (key: string) => string = () => ''): string {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([key, shape]) => {
    const meaning = meanings[key];
    if (meaning === undefined) throw new Error(`packages/core/test/key-meanings.ts does not say what '${key}' means`);
    const expected = shape.const === undefined ? expectation(shape) : '`local` or `slurm`';
    return `| \`${key}\`${required.has(key) ? ' *' : ''} | ${cell(expected)} | ${remark(key)}${cell(meaning)} |`;
  });
  return ['| key | expected | |', '|---|---|---|', ...rows].join('\n') + (required.size > 0 ? '\n\n\\* has to be there.' : '');
}

/** A schema as the JSON that it is. */
function shapeOf(schema: object): Shape {
  return schema as Shape;
}

function property(schema: Shape, key: string): Shape {
  const found = schema.properties?.[key];
  if (found === undefined) throw new Error(`the schema has no '${key}'`);
  return found;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
