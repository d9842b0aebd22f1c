import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { decideCancel } from '../../decide/people-decide.ts';
import { isFinal } from '../../model/job.ts';
import type { JobState } from '../../model/job.ts';
import type { AdapterContext } from '../adapter.ts';
import { bearerOf, objectOf, reachOfUser, refusalOf, submitFor, takeLenientBodies, textOf, userByKey } from '../requests.ts';
import type { UserPrincipal } from '../requests.ts';
import { addFileRoutes } from './file-routes.ts';
import { Folders, placeOf } from './folders.ts';
import { jobView, newJob } from './job-shapes.ts';

const options = { config: { access: 'own' }, schema: { hide: true } } as const;
const appVersion = '2.5.7';
const windowsMs: Readonly<Record<string, number>> = { '1h': 3_600_000, '8h': 28_800_000, '24h': 86_400_000, '3d': 259_200_000, '7d': 604_800_000 };

interface SystemParams {
  readonly system: string;
  readonly id: string;
}

/** FirecREST's second version, as far as a hub has words for it: systems are the clusters of its agents. */
export function addFirecrest(app: FastifyInstance, context: AdapterContext): void {
  const { hub } = context;
  takeLenientBodies(app);
  app.addHook('onRequest', async (_request, reply) => void reply.header('f7t-appversion', appVersion));
  app.setErrorHandler((error, _request, reply) => {
    const { status, message } = refusalOf(error);
    return reply.code(status).send({ errorType: 'error', message, data: null, user: null, authHeader: null });
  });
  const userOf = (request: FastifyRequest, needed: 'viewer' | 'editor'): UserPrincipal => userByKey(context.access, request, bearerOf(request), needed);
  const folders = new Folders(context);

  app.get('/status/liveness', { ...options, config: { access: 'public' } }, async () => ({ status: 'ok', lastUpdate: Math.floor(hub.clock.nowMs() / 1_000) }));
  app.get('/status/systems', options, async (request) => {
    userOf(request, 'viewer');
    return { systems: systems().map((name) => ({ name, scheduler: { type: 'slurm', version: 'juqueue' }, fileSystems: [{ path: '/', dataType: 'scratch', defaultWorkDir: false }], servicesHealth: [] })) };
  });
  app.get<{ Params: SystemParams }>('/status/:system/userinfo', options, async (request) => {
    const { name } = userOf(request, 'viewer');
    checkSystem(request.params.system);
    return { user: { id: '0', name }, group: { id: '0', name }, groups: [{ id: '0', name }] };
  });
  for (const [path, key] of [['nodes', 'nodes'], ['partitions', 'partitions'], ['reservations', 'reservations']] as const) {
    app.get<{ Params: SystemParams }>(`/status/:system/${path}`, options, async (request) => {
      userOf(request, 'viewer');
      checkSystem(request.params.system);
      return { [key]: [] };
    });
  }

  app.post<{ Params: SystemParams }>('/compute/:system/jobs', options, async (request, reply) => {
    const user = userOf(request, 'editor');
    checkSystem(request.params.system);
    const wanted = objectOf(objectOf(request.body)?.['job']) ?? {};
    const folder = textOf(wanted['workingDirectory']);
    const job = newJob(request.params.system, wanted);
    const place = folder === null ? null : placeOf(folder);
    if (place !== null && place.rest !== '') throw new JuqueueError('JQ_BAD_PATH', `workingDirectory is '${folder}', expected a folder such as /NAME.`);
    const files = place === null ? [] : [{ kind: 'artifact', path: '.', artifact: await folders.snapshot(place.folder, reachOfUser(user)), file: null } as const];
    const submitted = await submitFor(context, user, { ...job, files });
    return reply.code(201).send({ jobId: submitted.job.id });
  });

  app.get<{ Params: SystemParams; Querystring: { allusers?: string; name?: string; time_window?: string } }>('/compute/:system/jobs', options, async (request) => {
    const user = userOf(request, 'viewer');
    const { system } = request.params;
    checkSystem(system);
    const { name, allusers, time_window: window = '24h' } = request.query;
    const sinceMs = hub.clock.nowMs() - (windowsMs[window] ?? windowsMs['24h'] ?? 0);
    const owner = allusers?.toLowerCase() === 'true' && user.role === 'manager' ? null : user.name;
    const jobs = await hub.store.read.call('listJobs', { owner, queue: null, statuses: null, before: null, limit: 1_000 });
    const wanted = jobs.filter((job) => job.order.cluster === system && (name === undefined || job.order.name === name) && (!isFinal(job.status) || (job.endedAtMs ?? 0) >= sinceMs));
    return { jobs: wanted.map((job) => jobView(job, system)) };
  });
  app.get<{ Params: SystemParams }>('/compute/:system/jobs/:id', options, async (request) => ({ jobs: [jobView(await ownJob(request, 'viewer'), request.params.system)] }));
  app.get<{ Params: SystemParams }>('/compute/:system/jobs/:id/metadata', options, async (request) => {
    const job = await ownJob(request, 'viewer');
    const { command } = await hub.jobs.definitionOf(job.id);
    return { jobs: [{ jobId: job.id, script: command?.kind === 'script' ? command.script : (command?.argv.join(' ') ?? null), standardInput: null, standardOutput: null, standardError: null }] };
  });
  app.delete<{ Params: SystemParams }>('/compute/:system/jobs/:id', options, async (request, reply) => {
    const job = await ownJob(request, 'editor');
    await hub.jobs.change(job.id, `user:${job.owner}`, (present) => decideCancel(present, job.owner, 'user-cancelled'));
    return reply.code(204).send();
  });

  addFileRoutes(app, context, folders, userOf, checkSystem);

  function systems(): readonly string[] {
    return [...new Set(hub.agents.views().flatMap(({ capabilities }) => capabilities.flatMap(({ cluster }) => cluster ?? [])))].sort();
  }

  function checkSystem(system: string): void {
    if (!systems().includes(system)) throw new JuqueueError('JQ_NOT_FOUND', `System ${system} not found, expected one of ${systems().join(', ') || 'those of agents: there is none yet'}.`);
  }

  async function ownJob(request: FastifyRequest, needed: 'viewer' | 'editor'): Promise<JobState> {
    const user = userOf(request, needed);
    const job = await hub.jobs.find((request.params as SystemParams).id).catch(() => null);
    if (job === null || (job.owner !== user.name && user.role !== 'manager')) throw new JuqueueError('JQ_JOB_NOT_FOUND', 'Job not found');
    return job;
  }
}
