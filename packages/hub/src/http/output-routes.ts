import { Type } from 'typebox';
import { JuqueueError } from '@juqueue/core';
import { Problem } from '@juqueue/http';
import type { TypedFastify } from '@juqueue/http';
import { principalOf } from '../access/access-gate.ts';
import type { Hub } from '../hub.ts';
import type { JobState } from '../model/job.ts';
import { findJob } from './job-routes.ts';
import { JobParams } from './schemas/job-schemas.ts';

const response = { 307: { description: 'They are files of an artifact', type: 'null' }, '4xx': Problem, '5xx': Problem } as const;

/** What a job left, by the address of the job. The bytes are those of its artifact, where the answer points to. */
export function addOutputRoutes(app: TypedFastify, hub: Hub): void {
  app.get('/jobs/:id/outputs', {
    schema: {
      operationId: 'listJobOutputs',
      tags: ['jobs'],
      summary: 'Where the list of the files that a job left is',
      params: JobParams,
      response,
    },
    handler: async (request, reply) => {
      const job = await findJob(hub, principalOf(request), request.params.id);
      return reply.redirect(`../../artifacts/${outputsOf(job)}/files`, 307);
    },
  });

  app.get('/jobs/:id/outputs/*', {
    schema: {
      operationId: 'getJobOutput',
      tags: ['jobs'],
      summary: 'Where a file that a job left is',
      params: Type.Object({ ...JobParams.properties, '*': Type.String() }),
      response,
    },
    handler: async (request, reply) => {
      const job = await findJob(hub, principalOf(request), request.params.id);
      const parts = request.params['*'].split('/');
      return reply.redirect(
        `${'../'.repeat(parts.length + 2)}artifacts/${outputsOf(job)}/files/${parts.map(encodeURIComponent).join('/')}`,
        307,
      );
    },
  });
}

function outputsOf({ id, status, result }: JobState): string {
  if (result?.outputArtifact === undefined || result.outputArtifact === null)
    throw new JuqueueError('JQ_JOB_STATE', `Job ${id} is ${status} and has left no files.`);
  return result.outputArtifact;
}
