import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { sendFile } from '../../artifacts/send-file.ts';
import type { Reach } from '../../artifacts/model.ts';
import { decideCancel, decideDelete, decideLaunch } from '../../decide/people-decide.ts';
import type { JobState } from '../../model/job.ts';
import type { AdapterContext } from '../adapter.ts';
import { bearerOf, objectOf, reachOfUser, refusalOf, submitFor, takeLenientBodies, userByKey } from '../requests.ts';
import type { UserPrincipal } from '../requests.ts';
import { storeFormFile } from '../form-file.ts';
import { capabilities, marketplaceDocument } from './openapi.ts';
import { jobEntry, listedFile, newJob, queue } from './shapes.ts';

const options = { config: { access: 'own' }, schema: { hide: true } } as const;
const adapterName = 'marketplace';
/** Where a job keeps its folder: an artifact that is committed when it is launched. */
const folderLabel = 'marketplace.folder';
const mostFiles = 1_000;

/** Clients of the platform reach an application through it, by the names of capabilities. */
const proxy = '/api/applications/proxy/:app';

interface JobRequest {
  readonly Params: { readonly jobid?: string; readonly filename?: string };
  readonly Querystring: { readonly jobid?: string; readonly filename?: string };
}

/** The MarketPlace HPC gateway: users, jobs in two phases, files of their folders. */
export function addMarketplace(app: FastifyInstance, context: AdapterContext): void {
  const { hub, artifacts, notes, access } = context;
  takeLenientBodies(app);
  app.setErrorHandler((error, request, reply) => {
    const { status, message } = refusalOf(error);
    if (status !== 401) return reply.code(status).send({ error: message });
    const text = bearerOf(request) === undefined ? 'Authentication Token is missing!' : 'Invalid Authentication token!';
    return reply.code(401).send({ message: text, data: null, error: 'Unauthorized' });
  });
  const userOf = (request: FastifyRequest, needed: 'viewer' | 'editor'): UserPrincipal =>
    userByKey(access, request, bearerOf(request), needed);

  for (const path of ['/heartbeat', `${proxy}/heartbeat`])
    app.get(path, options, async () => ({ message: 'HPC-gateway-App : application running.' }));
  app.get('/marketplace/openapi.json', { ...options, config: { access: 'public' } }, async () => marketplaceDocument);
  app.get<{ Params: { readonly app: string } }>('/api/applications/:app', options, async (request) => {
    userOf(request, 'viewer');
    return {
      id: request.params.app,
      name: marketplaceDocument.info.title,
      api_version: marketplaceDocument.info['x-api-version'],
      capabilities: capabilities.map((name) => ({ name })),
    };
  });

  for (const path of ['/api/v1/user/create', `${proxy}/createOrUpdateCollection`]) {
    app.put(path, options, async (request) => {
      const { name } = userOf(request, 'editor');
      await notes.put(adapterName, `user ${name}`, {});
      const home = (name.split('@')[0] ?? name).replaceAll('.', '_');
      return { _id: name, email: name, home, name, message: 'Success: Create user in database.' };
    });
  }

  for (const path of ['/api/v1/job/create', `${proxy}/newTransformation`]) {
    app.post(path, options, async (request) => {
      const user = userOf(request, 'editor');
      if ((await notes.get(adapterName, `user ${user.name}`)) === null)
        throw new JuqueueError(
          'JQ_JOB_STATE',
          `We can not find you are registered: ${user.name} has no home yet.`,
          'PUT /api/v1/user/create',
        );
      const wanted = newJob(objectOf(request.body) ?? {});
      const folder = await artifacts.create(
        { name: wanted.name ?? null, type: 'folder', residence: { kind: 'hub' }, metadata: {} },
        reachOfUser(user),
      );
      const files = [{ kind: 'artifact', path: '.', artifact: folder.id, file: null } as const];
      try {
        const { job } = await submitFor(
          context,
          user,
          { ...wanted, files, labels: { ...wanted.labels, [folderLabel]: folder.id } },
          { isLaunched: false },
        );
        return { jobid: job.id };
      } catch (error) {
        await artifacts.remove(folder.id, reachOfUser(user));
        throw error;
      }
    });
  }

  for (const path of ['/api/v1/job', '/api/v1/job/']) {
    app.get(path, options, async (request) => {
      const { name } = userOf(request, 'viewer');
      const jobs = await hub.store.read.call('listJobs', { owner: name, queue, statuses: null, before: null, limit: 1_000 });
      return { jobs: Object.fromEntries(jobs.map((job) => [job.id, jobEntry(job)])) };
    });
  }

  for (const path of ['/api/v1/job/launch/:jobid', `${proxy}/updateTransformation`]) {
    app.patch<JobRequest>(path, options, async (request) => {
      const user = userOf(request, 'editor');
      const job = await ownJob(user, request);
      access.killSwitch.check();
      if (job.launchedAtMs === null) await artifacts.commit(folderOf(job), { sha256: null, sizeBytes: null }, reachOfOwner(job));
      await hub.jobs.change(job.id, `user:${user.name}`, decideLaunch);
      return { jobid: job.id };
    });
  }

  for (const path of ['/api/v1/job/state/:jobid', '/api/v1/file/list/:jobid', `${proxy}/getTransformationState`]) {
    app.get<JobRequest>(path, options, async (request) => {
      const job = await ownJob(userOf(request, 'viewer'), request);
      const files = (await foldersOf(job)).flatMap(({ files: each, atMs }) => each.map((file) => listedFile(file, job.owner, atMs)));
      return {
        files: [...new Map(files.map((file) => [file.name, file])).values()],
        state: jobEntry(job).state,
        message: 'Files in the job folder.',
      };
    });
  }

  for (const path of ['/api/v1/job/cancel/:jobid', `${proxy}/deleteTransformation`]) {
    app.delete<JobRequest>(path, options, async (request) => {
      const user = userOf(request, 'editor');
      const job = await ownJob(user, request);
      if (job.launchedAtMs === null) throw new JuqueueError('JQ_JOB_STATE', `Job ${job.id} has not been launched.`);
      await hub.jobs.change(job.id, `user:${user.name}`, (present) => decideCancel(present, user.name, 'user-cancelled'));
      return { message: `Send cancelling signal to job-${job.id}, of f7t job id=${job.id}` };
    });
  }
  app.delete<JobRequest>('/api/v1/job/delete/:jobid', options, async (request) => {
    const user = userOf(request, 'editor');
    const job = await ownJob(user, request);
    if (job.launchedAtMs === null)
      await hub.jobs.change(job.id, `user:${user.name}`, (present) => decideCancel(present, user.name, 'user-cancelled'));
    await hub.jobs.change(job.id, `user:${user.name}`, decideDelete);
    await artifacts.remove(folderOf(job), reachOfOwner(job));
    return { message: 'Job deleted.' };
  });

  for (const path of ['/api/v1/file/upload/:jobid', `${proxy}/createDataset`]) {
    app.put<JobRequest>(path, options, async (request) => {
      const job = await ownJob(userOf(request, 'editor'), request);
      await storeFormFile(request, async ({ name, bytes }) => {
        await artifacts.putFile(
          folderOf(job),
          request.query.filename ?? name,
          bytes,
          { contentType: 'application/octet-stream', expectedSha256: null },
          reachOfOwner(job),
        );
      });
      return { message: 'File uploaded.' };
    });
  }

  for (const path of ['/api/v1/file/download/:jobid', '/api/v1/file/download/:jobid/:filename', `${proxy}/getDataset`]) {
    app.get<JobRequest>(path, { ...options, exposeHeadRoute: false }, async (request, reply) => {
      const job = await ownJob(userOf(request, 'viewer'), request);
      const name = fileNameOf(request);
      const folder = (await foldersOf(job)).findLast(({ files }) => files.some(({ path: each }) => each === name));
      if (folder === undefined)
        throw new JuqueueError('JQ_ARTIFACT_NOT_FOUND', `The folder of job ${job.id} has no file ${JSON.stringify(name)}.`);
      const open = await artifacts.file(folder.artifact, name, reachOfOwner(job));
      return sendFile(request, reply, open, (range) => artifacts.read(open, range));
    });
  }
  for (const path of ['/api/v1/file/delete/:jobid', '/api/v1/file/delete/:jobid/:filename', `${proxy}/deleteDataset`]) {
    app.delete<JobRequest>(path, options, async (request) => {
      const job = await ownJob(userOf(request, 'editor'), request);
      await artifacts.removeFile(folderOf(job), fileNameOf(request), reachOfOwner(job));
      return { message: 'File deleted.' };
    });
  }

  /** Throws `JQ_JOB_NOT_FOUND`, also for the jobs of others. */
  async function ownJob(user: UserPrincipal, { params, query }: FastifyRequest<JobRequest>): Promise<JobState> {
    const id = params.jobid ?? query.jobid ?? '';
    const job = await hub.jobs.find(id);
    if (job.order.labels[folderLabel] === undefined || (job.owner !== user.name && user.role !== 'manager'))
      throw new JuqueueError('JQ_JOB_NOT_FOUND', `There is no job ${id}.`);
    return job;
  }

  /** What was sent, then what the job left: the later counts where names are equal. */
  async function foldersOf(job: JobState) {
    const outputs = job.result?.outputArtifact ?? null;
    const ids = [folderOf(job), ...(outputs === null ? [] : [outputs])];
    return Promise.all(
      ids.map(async (artifact) => ({
        artifact,
        atMs: (await artifacts.get(artifact, reachOfOwner(job))).createdAtMs,
        files: (await artifacts.files(artifact, { prefix: '', after: '', offset: 0, limit: mostFiles }, reachOfOwner(job))).files,
      })),
    );
  }
}

function fileNameOf({ params, query }: FastifyRequest<JobRequest>): string {
  return params.filename ?? query.filename ?? '';
}

function folderOf(job: JobState): string {
  return job.order.labels[folderLabel] ?? '';
}

function reachOfOwner(job: JobState): Reach {
  return { owner: job.owner, seesAll: false, job: null };
}
