import Type from 'typebox';
import { containerRuntimes } from '../model/definition.ts';
import {
  duration,
  mapping,
  name,
  oneOf,
  resourceMapping,
  scalar,
  scriptLines,
  text,
  texts,
  totalBudget,
  wholeNumber,
} from './schema-parts.ts';

/** How a run survives a stop. */
export const checkpoint = Type.Union(
  [
    oneOf(['none', 'assumed']),
    Type.Object(
      {
        every: Type.Optional(duration),
        signal: Type.Optional(oneOf(['USR1', 'USR2', 'TERM', 'INT', 'HUP', 'CONT'])),
        grace: Type.Optional(duration),
        exit_code: Type.Optional(Type.Integer({ minimum: 0, maximum: 255, expects: 'an exit code from 0 to 255' })),
      },
      { additionalProperties: false },
    ),
  ],
  { expects: 'none, assumed, {every: 10m} or {signal: USR1, grace: 2m, exit_code: 85}' },
);

const container = mapping({
  runtime: oneOf([...containerRuntimes]),
  image: text,
  bind: Type.Optional(texts),
  input: Type.Optional(text),
  output: Type.Optional(text),
  gpu: Type.Optional(Type.Union([Type.Boolean(), oneOf(['nvidia', 'rocm'])], { expects: 'true, false, nvidia or rocm' })),
  network: Type.Optional(oneOf(['host', 'none'])),
  cleanenv: Type.Optional(Type.Boolean()),
  entrypoint: Type.Optional(Type.Union([Type.Boolean(), text], { expects: 'true, false, or a program of the image' })),
  args: Type.Optional(Type.Array(scalar, { expects: 'a list of options' })),
});

const executor = mapping({
  env: Type.Optional(Type.Record(Type.String({ pattern: '^[^=\\u0000]+$' }), scalar)),
  venv: Type.Optional(text),
  python_search_path: Type.Optional(texts),
  prepend_script: Type.Optional(scriptLines),
  cuda: Type.Optional(Type.Boolean()),
  cwd: Type.Optional(text),
  stdin: Type.Optional(text),
  umask: Type.Optional(Type.Union([Type.String({ pattern: '^0?[0-7]{3}$' })], { expects: 'three octal digits in quotes, such as "027"' })),
  login_shell: Type.Optional(Type.Boolean()),
  cpu_binding: Type.Optional(Type.Boolean()),
  container: Type.Optional(container),
});

const runKeys = {
  cmd: Type.Optional(Type.Array(scalar, { minItems: 1, expects: 'a list that begins with the program' })),
  parameters: Type.Optional(Type.Record(Type.String(), scalar)),
  parameter_format: Type.Optional(oneOf(['argparse', 'eq'])),
  cluster: Type.Optional(
    Type.Union([text, Type.Array(text, { minItems: 1 })], {
      expects: 'the name of a cluster, or a list of names in the order of preference',
    }),
  ),
  slots: Type.Optional(wholeNumber(1)),
  resources: Type.Optional(resourceMapping({ slots: Type.Optional(wholeNumber(1)) })),
  priority: Type.Optional(Type.Integer()),
  time: Type.Optional(duration),
  time_limit: Type.Optional(duration),
  depends_on: Type.Optional(texts),
  retries: Type.Optional(wholeNumber(0)),
  retry_on: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1, maximum: 255, expects: 'an exit code from 1 to 255' }), {
      minItems: 1,
      expects: 'a list of exit codes',
    }),
  ),
  retry_delay: Type.Optional(duration),
  crash_limit: Type.Optional(wholeNumber(1)),
  checkpoint: Type.Optional(checkpoint),
  executor: Type.Optional(executor),
};

const runsKeyNotYet = { nodes: 'a run stays on one node' };

const axis = Type.Union(
  [
    Type.Array(scalar, { minItems: 1 }),
    mapping({
      from: Type.Number(),
      to: Type.Number(),
      step: Type.Optional(Type.Number({ exclusiveMinimum: 0, expects: 'a step above 0' })),
    }),
  ],
  { expects: 'a list of values, or {from: 1, to: 10}' },
);

/** Values of parameters, of which each combination is a run. */
const matrix = Type.Object(
  {
    include: Type.Optional(Type.Array(Type.Record(Type.String(), scalar))),
    exclude: Type.Optional(Type.Array(Type.Record(Type.String(), scalar))),
  },
  { additionalProperties: axis, expects: 'a mapping of parameters to lists of values' },
);

/** What makes a good name is said in the reading of runs, where templates are filled. */
const id = Type.Union([Type.String(), Type.Number()], { expects: 'a text or a number' });

export const experimentSchema = mapping({
  name: Type.Optional(name),
  autostart: Type.Optional(Type.Union([Type.Boolean(), oneOf(['first'])], { expects: 'true, false or first' })),
  budget: Type.Optional(totalBudget),
  max_failures: Type.Optional(
    Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Literal('off')], {
      expects: 'a share of the ended runs from 0 to 1, such as 0.2, or off',
    }),
  ),
  defaults: Type.Optional(mapping(runKeys, { notYet: runsKeyNotYet })),
  runs: Type.Optional(Type.Array(mapping({ id: Type.Optional(id), ...runKeys }, { notYet: runsKeyNotYet }))),
  matrix: Type.Optional(matrix),
  from_csv: Type.Optional(text),
  from_jsonl: Type.Optional(text),
  id: Type.Optional(text),
});

export type ExperimentSource = Type.Static<typeof experimentSchema>;
export type RunSource = NonNullable<ExperimentSource['runs']>[number];
export type RunDefaults = NonNullable<ExperimentSource['defaults']>;
export type CheckpointSource = NonNullable<RunSource['checkpoint']>;
/** `include` and `exclude`, and the axes under the names of their parameters. */
export type MatrixSource = NonNullable<ExperimentSource['matrix']>;
export type AxisSource = Type.Static<typeof axis>;
