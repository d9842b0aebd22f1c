import { Type } from 'typebox';
import { answer, nullableNumber, ok } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { findRun } from './run-routes.ts';
import { slotHints } from './slot-hints.ts';
import { RunIdParams } from './schemas/run-schemas.ts';

const CurveSchema = answer('UsageCurve', {
  points: Type.Array(
    answer('UsagePoint', {
      afterMs: Type.Number({ description: 'Since the start of the attempt.' }),
      cores: Type.Number({ description: 'In use on average since the point before.' }),
      rssBytes: Type.Number(),
      gpuPercent: nullableNumber('Of its devices, on average; null when it had none.'),
    }),
    { description: 'At most 64. Empty for an attempt that executes, and for one that ended before it was sampled.' },
  ),
});

const HintsSchema = answer('Hints', {
  hints: Type.Array(
    answer('SlotHint', {
      cluster: Type.String(),
      runs: Type.Integer({ minimum: 0, description: 'Runs whose newest attempt was sampled.' }),
      fitting: Type.Integer({ minimum: 0, description: 'Those that fit in half of their slots.' }),
      sentence: Type.String(),
    }),
  ),
});

export function addUsageRoutes(app: TypedFastify, context: ServerContext): void {
  const Query = Type.Object(
    { attempt: Type.Optional(Type.Integer({ minimum: 1, description: 'Its number; the newest when not given.' })) },
    { additionalProperties: false },
  );
  app.get('/runs/:id/usage', {
    schema: {
      operationId: 'getUsage',
      tags: ['runs'],
      summary: 'What an attempt used over time: processors, memory, devices',
      params: RunIdParams,
      querystring: Query,
      response: ok(CurveSchema),
    },
    handler: async ({ params, query }): Promise<Answer<typeof CurveSchema>> => {
      const run = findRun(context, params.id);
      return { points: [...(await context.logs.usage({ experiment: run.experiment, run: run.name }, query.attempt ?? run.attempt))] };
    },
  });

  app.get('/hints', {
    schema: {
      operationId: 'listHints',
      tags: ['runs'],
      summary: 'What could be cheaper, by what runs have used so far',
      response: ok(HintsSchema),
    },
    handler: async (): Promise<Answer<typeof HintsSchema>> => ({ hints: slotHints(context.engine).map((hint) => ({ ...hint })) }),
  });
}
