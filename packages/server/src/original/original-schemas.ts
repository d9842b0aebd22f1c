import { Type } from 'typebox';
import { runStatuses } from '@juqueue/core';

/** Shapes of the original JuQueue (0.0.13), kept to the letter: existing clients parse them. */
export const OriginalSuccess = Type.Object(
  { success: Type.Boolean(), reason: Type.Optional(Type.Union([Type.String(), Type.Null()])) },
  { title: 'SuccessResponse', additionalProperties: false },
);

const ExecutorDef = Type.Object(
  {
    env: Type.Record(Type.String(), Type.String()),
    python_search_path: Type.Array(Type.String()),
    venv: Type.Union([Type.String(), Type.Null()]),
    prepend_script: Type.Array(Type.String()),
    cuda: Type.Boolean(),
  },
  { title: 'ExecutorDef' },
);

export const OriginalRunDef = Type.Object(
  {
    id: Type.String({ description: 'Uniquely identifies a run inside an experiment.' }),
    experiment_name: Type.String(),
    cluster: Type.String(),
    cmd: Type.Array(Type.String()),
    parameters: Type.Record(Type.String(), Type.Unsafe<string | number | boolean>({ type: ['string', 'number', 'boolean'] })),
    parameter_format: Type.Unsafe<'argparse' | 'eq'>({ type: 'string', enum: ['argparse', 'eq'] }),
    depends_on: Type.Array(Type.Unknown(), { description: 'Always empty, as in the original; dependencies are in /api/v1.' }),
    executor: ExecutorDef,
    check_heartbeat: Type.Boolean(),
    is_abstract: Type.Boolean(),
  },
  { title: 'RunDef' },
);

export const OriginalRun = Type.Object(
  {
    status: Type.Unsafe<(typeof runStatuses)[number]>({ type: 'string', enum: [...runStatuses] }),
    run_def: OriginalRunDef,
    created_at: Type.String({ format: 'date-time' }),
  },
  { title: 'OriginalRun' },
);

export const OriginalExperiments = Type.Record(
  Type.String(),
  Type.Object({ runs: Type.Record(Type.String(), OriginalRun) }, { title: 'OriginalExperiment' }),
);

const SlotInfo = Type.Object(
  {
    index: Type.Integer(),
    occupant: Type.Unsafe<string | null>({ type: ['string', 'null'], description: 'Global id of the run in the slot.' }),
    run_def: Type.Union([OriginalRunDef, Type.Null()]),
  },
  { title: 'SlotInfo' },
);

export const OriginalNode = Type.Object(
  {
    status: Type.Unsafe<'queued' | 'dead' | 'alive'>({ type: 'string', enum: ['queued', 'dead', 'alive'] }),
    worker: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
    slots: Type.Array(SlotInfo),
  },
  { title: 'NodeInfo' },
);

export const OriginalClusters = Type.Record(
  Type.String(),
  Type.Object({ nodes_requested: Type.Integer(), nodes: Type.Record(Type.String(), OriginalNode) }, { title: 'ClusterInfo' }),
);

export const OriginalValidationError = Type.Object(
  {
    detail: Type.Array(
      Type.Object(
        { loc: Type.Array(Type.Union([Type.String(), Type.Integer()])), msg: Type.String(), type: Type.String() },
        { title: 'ValidationError' },
      ),
    ),
  },
  { title: 'HTTPValidationError' },
);
