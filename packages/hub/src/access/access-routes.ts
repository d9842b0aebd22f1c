import { JuqueueError } from '@juqueue/core';
import type { Clock } from '@juqueue/core';
import { answer, ok, PageLimit } from '@juqueue/http';
import type { TypedFastify } from '@juqueue/http';
import { Type } from 'typebox';
import { principalOf, requireRole } from './access-gate.ts';
import {
  AuditSchema,
  ChangeUserBody,
  CredentialListSchema,
  CredentialSchema,
  IssuedCredentialSchema,
  IssuedKeySchema,
  KeyListSchema,
  KeySchema,
  NewCredentialBody,
  NewKeyBody,
  NewUserBody,
  RotateCredentialBody,
  SwitchBody,
  SwitchSchema,
  UserListSchema,
  UserSchema,
  WhoamiSchema,
} from './access-schemas.ts';
import type { Access } from './access.ts';
import { actorOf, credentialStatus } from './model.ts';
import type { ApiKey, Credential } from './model.ts';

const tags = ['access'];
const forManagers = { access: 'manager' } as const;
const defaultOverlapMs = 86_400_000;
const NameParams = Type.Object({ name: Type.String() });
const CredentialParams = Type.Object({ name: Type.String(), credential: Type.String() });

/** Routes by which people manage who may use the hub. */
export function addAccessRoutes(app: TypedFastify, access: Access, clock: Clock): void {
  addUserRoutes(app, access);
  addKeyRoutes(app, access, clock);
  addCredentialRoutes(app, access, clock);

  app.get('/whoami', {
    schema: { operationId: 'whoami', tags, summary: 'Whose key this is', response: ok(WhoamiSchema) },
    handler: async (request) => {
      const principal = principalOf(request);
      if (principal.kind !== 'user') throw new JuqueueError('JQ_FORBIDDEN', 'This is for people; agents are known by their credential.');
      return { name: principal.name, role: principal.role, key: principal.key };
    },
  });

  app.get('/switch', {
    schema: { operationId: 'getSwitch', tags, summary: 'Whether the hub takes jobs', response: ok(SwitchSchema) },
    handler: async () => ({ ...access.killSwitch.state }),
  });
  app.put('/switch', {
    config: forManagers,
    schema: {
      operationId: 'setSwitch',
      tags,
      summary: 'Stop or let the hub accept and offer jobs; what runs goes on',
      body: SwitchBody,
      response: ok(SwitchSchema),
    },
    handler: async (request) => ({
      ...(await access.killSwitch.set(request.body.isClosed, request.body.reason ?? null, actorOf(principalOf(request)))),
    }),
  });

  app.get('/audit', {
    config: forManagers,
    schema: {
      operationId: 'listAudit',
      tags,
      summary: 'Who changed what, newest first',
      querystring: Type.Object({ before: Type.Optional(Type.Integer()), limit: PageLimit }),
      response: ok(AuditSchema),
    },
    handler: async ({ query: { before, limit = 200 } }) => {
      const entries = await access.record.audit({ beforeSeq: before ?? null, limit });
      return { entries, nextBefore: entries.length === limit ? (entries.at(-1)?.seq ?? null) : null };
    },
  });
}

function addUserRoutes(app: TypedFastify, { accounts }: Access): void {
  app.get('/users', {
    config: forManagers,
    schema: { operationId: 'listUsers', tags, summary: 'Everybody who has or had a key', response: ok(UserListSchema) },
    handler: async () => ({ users: accounts.users }),
  });
  app.post('/users', {
    config: forManagers,
    schema: {
      operationId: 'addUser',
      tags,
      summary: 'Let somebody in; a key is issued apart',
      body: NewUserBody,
      response: { ...ok(UserSchema), 201: UserSchema },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await accounts.addUser(request.body.name, request.body.role, actorOf(principalOf(request)))),
  });
  app.patch('/users/:name', {
    config: forManagers,
    schema: {
      operationId: 'changeUser',
      tags,
      summary: 'Change the role, or disable: the keys are refused from then on',
      params: NameParams,
      body: ChangeUserBody,
      response: ok(UserSchema),
    },
    handler: async (request) => accounts.changeUser(request.params.name, request.body, actorOf(principalOf(request))),
  });
}

function addKeyRoutes(app: TypedFastify, { accounts }: Access, clock: Clock): void {
  const view = ({ keySha256: _, revokedAtMs, ...key }: ApiKey) => ({
    ...key,
    status: credentialStatus({ ...key, revokedAtMs }, clock.nowMs()),
  });

  app.get('/keys', {
    schema: {
      operationId: 'listKeys',
      tags,
      summary: 'Keys of a user',
      querystring: Type.Object({ user: Type.Optional(Type.String()) }),
      response: ok(KeyListSchema),
    },
    handler: async (request) => {
      const principal = principalOf(request);
      const user = request.query.user ?? principal.name;
      if (user !== principal.name) requireRole(principal, 'manager');
      return { keys: accounts.keysOf(user).map(view) };
    },
  });
  app.post('/keys', {
    config: { access: 'viewer' },
    schema: {
      operationId: 'issueKey',
      tags,
      summary: 'Issue a key, for yourself or as a manager for anybody',
      body: NewKeyBody,
      response: { ...ok(IssuedKeySchema), 201: IssuedKeySchema },
    },
    handler: async (request, reply) => {
      const principal = principalOf(request);
      const { user = principal.name, label = '', lifetimeMs } = request.body;
      if (user !== principal.name) requireRole(principal, 'manager');
      const { key, text } = await accounts.issueKey(
        user,
        label,
        lifetimeMs === undefined ? null : clock.nowMs() + lifetimeMs,
        actorOf(principal),
      );
      return reply.code(201).send({ ...view(key), key: text });
    },
  });
  app.delete('/keys/:id', {
    config: { access: 'viewer' },
    schema: {
      operationId: 'revokeKey',
      tags,
      summary: 'Revoke a key, from now on and for good',
      params: Type.Object({ id: Type.String() }),
      response: ok(KeySchema),
    },
    handler: async (request) => {
      const principal = principalOf(request);
      if (accounts.key(request.params.id)?.user !== principal.name) requireRole(principal, 'manager');
      return view(await accounts.revokeKey(request.params.id, actorOf(principal)));
    },
  });
}

function addCredentialRoutes(app: TypedFastify, { credentials }: Access, clock: Clock): void {
  const view = ({ sealedSecret: _, revokedAtMs, ...credential }: Credential) => ({
    ...credential,
    status: credentialStatus({ ...credential, revokedAtMs }, clock.nowMs()),
  });
  const endOf = (lifetimeMs: number | undefined): number | null => (lifetimeMs === undefined ? null : clock.nowMs() + lifetimeMs);

  app.get('/credentials', {
    config: forManagers,
    schema: {
      operationId: 'listCredentialAgents',
      tags,
      summary: 'Agents that have or had credentials',
      response: ok(answer('CredentialAgents', { agents: Type.Array(Type.String()) })),
    },
    handler: async () => ({ agents: credentials.agents }),
  });
  app.get('/agents/:name/credentials', {
    config: forManagers,
    schema: {
      operationId: 'listCredentials',
      tags,
      summary: 'Credentials of an agent',
      params: NameParams,
      response: ok(CredentialListSchema),
    },
    handler: async ({ params }) => ({ credentials: credentials.of(params.name).map(view) }),
  });
  app.post('/agents/:name/credentials', {
    config: forManagers,
    schema: {
      operationId: 'issueCredential',
      tags,
      summary: 'Issue the secret with which an agent signs',
      params: NameParams,
      body: NewCredentialBody,
      response: { ...ok(IssuedCredentialSchema), 201: IssuedCredentialSchema },
    },
    handler: async (request, reply) => {
      const { label = '', lifetimeMs } = request.body;
      const { credential, secret } = await credentials.issue(request.params.name, label, endOf(lifetimeMs), actorOf(principalOf(request)));
      return reply.code(201).send({ ...view(credential), secret });
    },
  });
  app.post('/agents/:name/credentials/rotate', {
    config: forManagers,
    schema: {
      operationId: 'rotateCredential',
      tags,
      summary: 'Issue another secret; the present one holds a while longer',
      params: NameParams,
      body: RotateCredentialBody,
      response: { ...ok(IssuedCredentialSchema), 201: IssuedCredentialSchema },
    },
    handler: async (request, reply) => {
      const { label = '', lifetimeMs, overlapMs = defaultOverlapMs } = request.body;
      const { credential, secret } = await credentials.rotate(
        request.params.name,
        label,
        endOf(lifetimeMs),
        overlapMs,
        actorOf(principalOf(request)),
      );
      return reply.code(201).send({ ...view(credential), secret });
    },
  });
  app.post('/agents/:name/credentials/:credential/revoke', {
    config: forManagers,
    schema: {
      operationId: 'revokeCredential',
      tags,
      summary: 'Refuse this secret from now on',
      params: CredentialParams,
      response: ok(CredentialSchema),
    },
    handler: async (request) =>
      view(await credentials.revoke(request.params.name, request.params.credential, actorOf(principalOf(request)))),
  });
}
