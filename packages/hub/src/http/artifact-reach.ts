import type { FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { principalOf } from '../access/access-gate.ts';
import type { Artifacts } from '../artifacts/artifacts.ts';
import type { Reach } from '../artifacts/model.ts';
import type { Hub } from '../hub.ts';
import type { JobDefinition } from '../model/job.ts';

/** People reach what is theirs, managers everything. */
export function reachOfPerson(request: FastifyRequest): Reach {
  const principal = principalOf(request);
  return { owner: principal.name, seesAll: principal.kind === 'user' && principal.role === 'manager', job: null };
}

/** An agent reaches what the job of the address takes, and what it made. Throws `JQ_ATTEMPT_OVER` when the attempt is not its own. */
export async function reachOfAgent(hub: Hub, request: FastifyRequest): Promise<Reach> {
  const { name } = principalOf(request);
  const { id, attempt } = request.params as { readonly id: string; readonly attempt: string };
  const job = await hub.jobs.find(id);
  if (job.attempt?.agent !== name || job.attempt.attempt !== Number(attempt))
    throw new JuqueueError(
      'JQ_ATTEMPT_OVER',
      `Attempt ${attempt} of job ${id} is not one of agent ${name}.`,
      'End the run of that attempt and forget it.',
    );
  return { owner: job.owner, seesAll: false, job: { id, inputs: inputsOf(await hub.jobs.definitionOf(id)) } };
}

/** Throws unless every artifact that the job takes is committed and within reach. */
export async function checkInputs(artifacts: Artifacts, definition: JobDefinition, reach: Reach): Promise<void> {
  for (const id of inputsOf(definition)) await artifacts.committed(id, reach);
}

function inputsOf({ files }: JobDefinition): readonly string[] {
  return files.flatMap((file) => (file.kind === 'artifact' ? [file.artifact] : []));
}
