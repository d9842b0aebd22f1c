import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { decideCancel } from '../../decide/people-decide.ts';
import { isFinal } from '../../model/job.ts';
import type { AgentView } from '../../model/agent.ts';
import type { JobState } from '../../model/job.ts';
import type { AdapterContext } from '../adapter.ts';
import { bearerOf, objectOf, reachOfUser, refusalOf, submitFor, takeLenientBodies, textOf, userByKey } from '../requests.ts';
import type { UserPrincipal } from '../requests.ts';
import { fieldsOf } from './fields.ts';
import { addFileRoutes } from './file-routes.ts';
import { Folders, placeOf } from './folders.ts';
import { jobView, newJob, nodeView, queue, transferView } from './job-shapes.ts';
import { addTransferRoutes } from './transfer-routes.ts';
import { Transfers } from './transfers.ts';

const options = { config: { access: 'own' }, schema: { hide: true } } as const;
const appVersion = '2.6.0';
/** A longer script is a file that is executed. */
const mostScriptBytes = 1_048_576;
const windowsMs: Readonly<Record<string, number>> = {
  '1h': 3_600_000,
  '8h': 28_800_000,
  '24h': 86_400_000,
  '3d': 259_200_000,
  '7d': 604_800_000,
};

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
    const data = error instanceof JuqueueError ? { code: error.problem.code } : null;
    return reply.code(status).send({ errorType: 'error', message, data, user: null, authHeader: null });
  });
  const userOf = (request: FastifyRequest, needed: 'viewer' | 'editor'): UserPrincipal =>
    userByKey(context.access, request, bearerOf(request), needed);
  const folders = new Folders(context);
  const transfers = new Transfers(context);

  app.get('/status/liveness', { ...options, config: { access: 'public' } }, async () => ({
    status: 'ok',
    lastUpdate: Math.floor(hub.clock.nowMs() / 1_000),
  }));
  app.get('/status/systems', options, async (request) => {
    userOf(request, 'viewer');
    return {
      systems: systems().map((name) => ({
        name,
        scheduler: { type: 'slurm', version: 'juqueue' },
        fileSystems: [{ path: '/', dataType: 'scratch', defaultWorkDir: false }],
        servicesHealth: [],
      })),
    };
  });
  app.get<{ Params: SystemParams }>('/status/:system/userinfo', options, async (request) => {
    const { name } = userOf(request, 'viewer');
    checkSystem(request.params.system);
    const group = { id: '0', name };
    return { user: group, group, groups: [{ ...group, default: true }], accounts: [] };
  });
  app.get<{ Params: SystemParams }>('/status/:system/nodes', options, async (request) => {
    userOf(request, 'viewer');
    const { system } = request.params;
    checkSystem(system);
    return { nodes: agentsOf(system).map((agent) => nodeView(agent, system, hub.clock.nowMs() - agent.seenAtMs < hub.times.leaseMs)) };
  });
  app.get<{ Params: SystemParams }>('/status/:system/partitions', options, async (request) => {
    userOf(request, 'viewer');
    const { system } = request.params;
    checkSystem(system);
    const agents = agentsOf(system);
    return {
      partitions: [
        {
          name: queue,
          cpus: agents.reduce((sum, { room }) => sum + (room?.openSlots ?? 0), 0),
          totalNodes: agents.length,
          partition: ['UP'],
        },
      ],
    };
  });
  app.get<{ Params: SystemParams }>('/status/:system/reservations', options, async (request) => {
    userOf(request, 'viewer');
    checkSystem(request.params.system);
    return { reservations: [] };
  });

  app.post<{ Params: SystemParams }>('/compute/:system/jobs', options, async (request, reply) => {
    const user = userOf(request, 'editor');
    checkSystem(request.params.system);
    const wanted = fieldsOf(objectOf(request.body)?.['job']);
    const folder = textOf(wanted['workingDirectory']);
    const job = newJob(request.params.system, wanted, await scriptOf(wanted, user));
    const place = folder === null ? null : placeOf(folder);
    if (place !== null && place.rest !== '')
      throw new JuqueueError('JQ_BAD_PATH', `workingDirectory is '${folder}', expected a folder such as /NAME.`);
    const files =
      place === null
        ? []
        : [{ kind: 'artifact', path: '.', artifact: await folders.snapshot(place.folder, reachOfUser(user)), file: null } as const];
    if (textOf(wanted['reservation']) !== null)
      throw new JuqueueError('JQ_BAD_REQUEST', 'reservation is not for a hub to give: nodes are requested by the manager of the cluster.');
    const submitted = await submitFor(context, user, { ...job, files });
    return reply.code(201).send({ jobId: submitted.job.id });
  });

  app.get<{ Params: SystemParams; Querystring: { allusers?: string; name?: string; account?: string; time_window?: string } }>(
    '/compute/:system/jobs',
    options,
    async (request) => {
      const user = userOf(request, 'viewer');
      const { system } = request.params;
      checkSystem(system);
      const { name, account, allusers, time_window: window } = request.query;
      const windowMs = windowsMs[textOf(window) ?? '24h'];
      if (windowMs === undefined)
        throw new JuqueueError('JQ_BAD_REQUEST', `time_window is '${window}', expected one of ${Object.keys(windowsMs).join(', ')}.`);
      const sinceMs = hub.clock.nowMs() - windowMs;
      const isWanted = (asked: string | undefined, has: string | null | undefined): boolean => textOf(asked) === null || asked === has;
      const owner = allusers?.toLowerCase() === 'true' && user.role === 'manager' ? null : user.name;
      const jobs = await hub.store.read.call('listJobs', { owner, queue: null, statuses: null, before: null, limit: 1_000 });
      const wanted = jobs.filter(
        (job) =>
          job.order.cluster === system &&
          isWanted(name, job.order.name) &&
          isWanted(account, job.order.labels['firecrest.account']) &&
          (!isFinal(job.status) || (job.endedAtMs ?? 0) >= sinceMs),
      );
      return { jobs: wanted.map((job) => jobView(job, system)) };
    },
  );
  app.get<{ Params: SystemParams }>('/compute/:system/jobs/:id', options, async (request) => {
    const transfer = await transfers.find(request.params.id, userOf(request, 'viewer').name);
    return { jobs: [transfer === null ? jobView(await ownJob(request, 'viewer'), request.params.system) : transferView(transfer)] };
  });
  app.get<{ Params: SystemParams }>('/compute/:system/jobs/:id/metadata', options, async (request) => {
    const job = await ownJob(request, 'viewer');
    const { command } = await hub.jobs.definitionOf(job.id);
    return {
      jobs: [
        {
          jobId: job.id,
          script: command?.kind === 'script' ? command.script : (command?.argv.join(' ') ?? null),
          standardInput: null,
          standardOutput: `/jobs/${job.id}/stdout.log`,
          standardError: `/jobs/${job.id}/stderr.log`,
        },
      ],
    };
  });
  app.delete<{ Params: SystemParams }>('/compute/:system/jobs/:id', options, async (request, reply) => {
    const job = await ownJob(request, 'editor');
    await hub.jobs.change(job.id, `user:${job.owner}`, (present) => decideCancel(present, job.owner, 'user-cancelled'));
    return reply.code(204).send();
  });

  app.put<{ Params: SystemParams }>('/compute/:system/jobs/:id/attach', options, async (request) => {
    await ownJob(request, 'editor');
    throw new JuqueueError(
      'JQ_BAD_REQUEST',
      'A hub attaches nothing to a job that executes: what a job does is what was submitted.',
      'Put it into the script, or log in on the node.',
    );
  });

  addFileRoutes(app, context, folders, userOf, checkSystem, transfers);
  addTransferRoutes(app, context, folders, transfers, userOf, checkSystem);

  /** The text of the script, or the file of a folder that is named instead. */
  async function scriptOf(wanted: Readonly<Record<string, unknown>>, user: UserPrincipal): Promise<string> {
    const script = textOf(wanted['script']);
    const path = textOf(wanted['scriptPath']);
    if ((script === null) === (path === null))
      throw new JuqueueError('JQ_BAD_REQUEST', 'Expected is either job.script or job.script_path.');
    if (script !== null) return script;
    const open = await folders.open(placeOf(path ?? ''), reachOfUser(user));
    if (open.file.sizeBytes > mostScriptBytes)
      throw new JuqueueError('JQ_TOO_LARGE', `The script has ${open.file.sizeBytes} bytes, expected at most ${mostScriptBytes}.`);
    return new TextDecoder().decode(Buffer.concat(await context.artifacts.read(open).toArray()));
  }

  function agentsOf(system: string): readonly AgentView[] {
    return hub.agents.views().filter(({ capabilities }) => capabilities.some(({ cluster }) => cluster === system));
  }

  function systems(): readonly string[] {
    return [...new Set(hub.agents.views().flatMap(({ capabilities }) => capabilities.flatMap(({ cluster }) => cluster ?? [])))].sort();
  }

  function checkSystem(system: string): void {
    if (!systems().includes(system))
      throw new JuqueueError(
        'JQ_NOT_FOUND',
        `System ${system} not found, expected one of ${systems().join(', ') || 'those of agents: there is none yet'}.`,
      );
  }

  async function ownJob(request: FastifyRequest, needed: 'viewer' | 'editor'): Promise<JobState> {
    const user = userOf(request, needed);
    const job = await hub.jobs.find((request.params as SystemParams).id).catch(() => null);
    if (job === null || (job.owner !== user.name && user.role !== 'manager')) throw new JuqueueError('JQ_JOB_NOT_FOUND', 'Job not found');
    return job;
  }
}
