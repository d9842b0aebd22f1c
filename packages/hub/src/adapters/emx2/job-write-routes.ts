import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { decideCompletion, decideProgress, decideStarted } from '../../decide/agent-decide.ts';
import type { AdapterContext } from '../adapter.ts';
import { objectOf, textOf } from '../requests.ts';
import { isUuid, workerOf } from './caller.ts';
import type { Caller } from './caller.ts';
import { callerIn, conflict } from './jobs.ts';
import type { Emx2Jobs, KnownJob } from './jobs.ts';
import { emx2Statuses, isTerminal, mayFollow } from './protocol.ts';
import type { Emx2Status, JobNote } from './protocol.ts';
import { endedByWorker } from './worker-report.ts';

const options = { config: { access: 'own' }, schema: { hide: true } } as const;
const base = '/api/hpc/jobs/:id';

interface Report {
  readonly status: Emx2Status;
  readonly detail: string | null;
  readonly slurmJobId: string | null;
  readonly outputArtifact: string | null;
  readonly logArtifact: string | null;
  readonly phase: string | null;
  readonly message: string | null;
  readonly fraction: number | null;
}

/** What workers tell of jobs: claims, transitions, ends. What is so already is answered as the first time. */
export function addEmx2JobWriteRoutes(app: FastifyInstance, context: AdapterContext, jobs: Emx2Jobs): void {
  const { hub, artifacts } = context;

  app.post<{ Params: { id: string } }>(`${base}/claim`, options, async (request) => {
    const caller = callerIn(request);
    const worker = workerOf(caller, request, textOf(objectOf(request.body)?.['worker_id']));
    return jobs.view(await jobs.claim(request.params.id, worker, caller));
  });

  app.post<{ Params: { id: string } }>(`${base}/transition`, options, async (request) => jobs.view(await told(request, request.params.id)));

  app.post<{ Params: { id: string } }>(`${base}/complete`, options, async (request) => {
    const { status } = reportOf(request);
    if (!isTerminal(status)) throw new JuqueueError('JQ_BAD_REQUEST', `status is ${status}, expected COMPLETED, FAILED or CANCELLED.`);
    return jobs.view(await told(request, request.params.id));
  });

  async function told(request: FastifyRequest, id: string): Promise<KnownJob> {
    const caller = callerIn(request);
    const worker = workerOf(caller, request, textOf(objectOf(request.body)?.['worker_id']));
    const report = reportOf(request);
    const known = await jobs.find(id, caller);
    const { job, status } = known;
    if (status === 'PENDING' && report.status === 'CLAIMED') return jobs.claim(id, worker, caller);
    if (job.attempt?.agent !== worker) throw conflict(`Cannot transition job ${id} from ${status} to ${report.status}`);
    const { attempt } = job.attempt;
    const note: JobNote = known.note ?? { attempt, submittedAtMs: null, slurmJobId: null, detail: null };
    if (status === report.status) return same(known, attempt, worker, report, caller);
    if (!mayFollow(status, report.status)) throw conflict(`Cannot transition job ${id} from ${status} to ${report.status}`);
    const detail = report.detail ?? note.detail;
    const slurmJobId = report.slurmJobId ?? note.slurmJobId;
    if (report.status === 'SUBMITTED') await jobs.putNote(id, { attempt, submittedAtMs: hub.clock.nowMs(), slurmJobId, detail });
    else if (report.status === 'STARTED') {
      await jobs.putNote(id, { ...note, detail, slurmJobId });
      await hub.jobs.change(id, `agent:${worker}`, (present) =>
        decideStarted(present, attempt, worker, { run: slurmJobId ?? id, node: null, cluster: null, startedAtMs: hub.clock.nowMs() }),
      );
    } else if (report.status === 'COMPLETED' || report.status === 'FAILED' || report.status === 'CANCELLED') {
      const end = report.status;
      for (const artifact of [report.outputArtifact, report.logArtifact])
        if (artifact !== null)
          await artifacts.give(artifact, { owner: job.owner, job: id }, { owner: `agent:${worker}`, seesAll: false, job: null });
      await jobs.putNote(id, { ...note, detail, slurmJobId });
      await hub.jobs.change(id, `agent:${worker}`, (present) =>
        decideCompletion(
          present,
          attempt,
          worker,
          endedByWorker(present, end, detail, report.outputArtifact, report.logArtifact, hub.clock.nowMs()),
        ),
      );
    }
    if (!isTerminal(report.status)) await progress(id, attempt, worker, report);
    return jobs.find(id, caller);
  }

  /** The same status once more: a repeated request, or news of how far the job is. */
  async function same(known: KnownJob, attempt: number, worker: string, report: Report, caller: Caller): Promise<KnownJob> {
    if (isTerminal(report.status)) return known;
    await progress(known.job.id, attempt, worker, report);
    return jobs.find(known.job.id, caller);
  }

  async function progress(id: string, attempt: number, worker: string, { phase, message, fraction, detail }: Report): Promise<void> {
    if (phase === null && message === null && fraction === null && detail === null) return;
    await hub.jobs.change(id, `agent:${worker}`, (present) =>
      decideProgress(present, attempt, worker, { phase, message: message ?? detail, fraction }),
    );
  }
}

function reportOf({ body }: FastifyRequest): Report {
  const fields = objectOf(body) ?? {};
  const status = emx2Statuses.find((each) => each === fields['status']);
  if (status === undefined)
    throw new JuqueueError(
      'JQ_BAD_REQUEST',
      `status is ${JSON.stringify(fields['status'] ?? null)}, expected one of ${emx2Statuses.join(', ')}.`,
    );
  const fraction = fields['progress'] ?? null;
  if (fraction !== null && !(typeof fraction === 'number' && fraction >= 0 && fraction <= 1))
    throw new JuqueueError('JQ_BAD_REQUEST', `progress is ${JSON.stringify(fraction)}, expected 0 to 1.`);
  return {
    status,
    detail: shortText(fields, 'detail', 4_000),
    slurmJobId:
      fields['slurm_job_id'] === undefined || fields['slurm_job_id'] === null ? null : String(fields['slurm_job_id']).slice(0, 100),
    outputArtifact: artifactOf(fields, 'output_artifact_id'),
    logArtifact: artifactOf(fields, 'log_artifact_id'),
    phase: shortText(fields, 'phase', 100),
    message: shortText(fields, 'message', 500),
    fraction,
  };
}

function shortText(fields: Readonly<Record<string, unknown>>, name: string, most: number): string | null {
  const value = textOf(fields[name]);
  if (value !== null && value.length > most)
    throw new JuqueueError('JQ_BAD_REQUEST', `${name} has ${value.length} characters, expected at most ${most}.`);
  return value;
}

function artifactOf(fields: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = textOf(fields[name]);
  if (value !== null && !isUuid(value)) throw new JuqueueError('JQ_BAD_REQUEST', `${name} is '${value}', expected a UUID.`);
  return value;
}
