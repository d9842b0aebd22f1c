import type { FastifyInstance } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { credentialStatus } from '../../access/model.ts';
import type { Credential } from '../../access/model.ts';
import type { AdapterContext } from '../adapter.ts';
import { objectOf, textOf } from '../requests.ts';
import { actorOfCaller, requireCaller, workerOf } from './caller.ts';
import type { Caller } from './caller.ts';
import { callerIn } from './jobs.ts';
import { adapterName, iso, profileName } from './protocol.ts';
import type { WorkerCapability, WorkerNote } from './protocol.ts';

const options = { config: { access: 'own' }, schema: { hide: true } } as const;
const base = '/api/hpc/workers';
/** A rotated secret holds this long beside the new one. */
const overlapMs = 86_400_000;

/** Workers say what they can execute; managers give them their secrets. */
export function addEmx2WorkerRoutes(app: FastifyInstance, { hub, access, notes }: AdapterContext): void {
  const links = (id: string) => ({
    self: { href: `${base}/${id}`, method: 'GET' },
    heartbeat: { href: `${base}/${id}/heartbeat`, method: 'POST' },
  });

  app.post(`${base}/register`, options, async (request) => {
    const body = objectOf(request.body) ?? {};
    const named = textOf(body['worker_id']);
    if (named === null) throw new JuqueueError('JQ_BAD_REQUEST', 'worker_id is required.');
    const id = workerOf(callerIn(request), request, named);
    const before = await notes.get<WorkerNote>(adapterName, `worker ${id}`);
    const nowMs = hub.clock.nowMs();
    const worker: WorkerNote = {
      hostname: textOf(body['hostname']),
      registeredAtMs: before?.registeredAtMs ?? nowMs,
      heardAtMs: nowMs,
      capabilities: capabilitiesOf(body['capabilities']),
    };
    await notes.put(adapterName, `worker ${id}`, worker);
    // It asks for jobs itself: no room means that the hub offers it none.
    const capabilities = worker.capabilities.map(({ processor, profile, maxConcurrentJobs }) => ({
      profile: profileName(processor, profile),
      maxConcurrent: maxConcurrentJobs,
      resources: { slots: maxConcurrentJobs },
      cluster: null,
    }));
    await hub.agents.register(id, { hostname: worker.hostname ?? id, version: 'emx2', capabilities, hostUsers: [] });
    return {
      worker_id: id,
      hostname: worker.hostname,
      registered_at: iso(worker.registeredAtMs),
      last_heartbeat_at: iso(nowMs),
      _links: links(id),
    };
  });

  app.post<{ Params: { id: string } }>(`${base}/:id/heartbeat`, options, async (request) => {
    const id = workerOf(callerIn(request), request, request.params.id);
    const worker = await notes.get<WorkerNote>(adapterName, `worker ${id}`);
    if (worker === null) throw new JuqueueError('JQ_NOT_FOUND', `There is no worker ${id}.`);
    await notes.put(adapterName, `worker ${id}`, { ...worker, heardAtMs: hub.clock.nowMs() });
    return { worker_id: id, status: 'ok' };
  });

  app.delete<{ Params: { id: string } }>(`${base}/:id`, options, async (request, reply) => {
    const manager = managerOnly(callerIn(request));
    const { id } = request.params;
    if ((await notes.get<WorkerNote>(adapterName, `worker ${id}`)) === null)
      throw new JuqueueError('JQ_NOT_FOUND', `There is no worker ${id}.`);
    for (const credential of access.credentials.of(id)) await access.credentials.revoke(id, credential.id, actorOfCaller(manager));
    await notes.remove(adapterName, `worker ${id}`);
    return reply.code(204).send();
  });

  const view = ({ id, agent, label, createdAtMs, expiresAtMs, revokedAtMs, lastUsedAtMs }: Credential) => ({
    id,
    worker_id: agent,
    status: credentialStatus({ expiresAtMs, revokedAtMs }, hub.clock.nowMs()).toUpperCase(),
    label,
    created_at: iso(createdAtMs),
    expires_at: iso(expiresAtMs),
    last_used_at: iso(lastUsedAtMs),
    _links: {
      self: { href: `${base}/${agent}/credentials`, method: 'GET' },
      revoke: { href: `${base}/${agent}/credentials/${id}/revoke`, method: 'POST' },
    },
  });
  const wishesOf = (body: unknown): { readonly label: string; readonly expiresAtMs: number | null } => {
    const { label, expires_at: expiresAt } = objectOf(body) ?? {};
    const expiresAtMs = expiresAt === undefined || expiresAt === null ? null : Date.parse(String(expiresAt));
    if (expiresAtMs !== null && Number.isNaN(expiresAtMs))
      throw new JuqueueError('JQ_BAD_REQUEST', `expires_at is '${String(expiresAt)}', expected an instant such as 2030-01-01T00:00:00Z.`);
    return { label: textOf(label) ?? '', expiresAtMs };
  };

  app.get<{ Params: { id: string } }>(`${base}/:id/credentials`, options, async (request) => {
    managerOnly(callerIn(request));
    const items = access.credentials.of(request.params.id).map(view);
    return { items, count: items.length, _links: { self: { href: `${base}/${request.params.id}/credentials`, method: 'GET' } } };
  });
  app.post<{ Params: { id: string } }>(`${base}/:id/credentials/issue`, options, async (request, reply) => {
    const { label, expiresAtMs } = wishesOf(request.body);
    const { credential, secret } = await access.credentials.issue(
      request.params.id,
      label,
      expiresAtMs,
      actorOfCaller(managerOnly(callerIn(request))),
    );
    return reply.code(201).send({ ...view(credential), secret });
  });
  app.post<{ Params: { id: string } }>(`${base}/:id/credentials/rotate`, options, async (request) => {
    const { label, expiresAtMs } = wishesOf(request.body);
    const { credential, secret } = await access.credentials.rotate(
      request.params.id,
      label,
      expiresAtMs,
      overlapMs,
      actorOfCaller(managerOnly(callerIn(request))),
    );
    return { ...view(credential), secret };
  });
  app.post<{ Params: { id: string; credential: string } }>(`${base}/:id/credentials/:credential/revoke`, options, async (request) =>
    view(await access.credentials.revoke(request.params.id, request.params.credential, actorOfCaller(managerOnly(callerIn(request))))),
  );
}

/** What a worker may not do for itself or another. */
function managerOnly(caller: Caller): Caller {
  if (caller.kind === 'worker') throw new JuqueueError('JQ_FORBIDDEN', 'This is for managers, not for workers.');
  requireCaller(caller, 'manager');
  return caller;
}

function capabilitiesOf(value: unknown): readonly WorkerCapability[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new JuqueueError('JQ_BAD_REQUEST', 'capabilities is no list.');
  return value.map((item: unknown, index) => {
    const { processor, profile, max_concurrent_jobs: most = 1 } = objectOf(item) ?? {};
    if (typeof processor !== 'string' || processor === '')
      throw new JuqueueError('JQ_BAD_REQUEST', `capabilities.${index} lacks processor.`);
    if (!(typeof most === 'number' && Number.isInteger(most) && most > 0))
      throw new JuqueueError('JQ_BAD_REQUEST', `capabilities.${index}.max_concurrent_jobs is ${String(most)}, expected a positive number.`);
    return { processor, profile: textOf(profile) ?? 'default', maxConcurrentJobs: most };
  });
}
