import type { FastifyRequest } from 'fastify';
import { answer, ok, PageLimit } from '@juqueue/http';
import type { TypedFastify } from '@juqueue/http';
import { Type } from 'typebox';
import type { Role } from '../access/model.ts';
import {
  ArtifactFileListSchema,
  ArtifactListSchema,
  ArtifactParams,
  ArtifactSchema,
  CommitBody,
  FileParams,
  NewArtifactBody,
  NewUploadBody,
  NoteFilesBody,
  UploadParams,
  UploadSchema,
} from './artifact-schemas.ts';
import type { Artifacts } from './artifacts.ts';
import { addByteRoutes } from './byte-routes.ts';
import type { Reach } from './model.ts';

export interface ArtifactRouteOptions {
  readonly artifacts: Artifacts;
  /** Whose rights a request has. */
  readonly reachOf: (request: FastifyRequest) => Promise<Reach> | Reach;
  /** Who may ask; without it as the gate does. */
  readonly access?: Role | 'agent';
  /** Set before the names of operations, which are unique over all routes. */
  readonly operationPrefix?: string;
}

const tags = ['artifacts'];
const Nothing = answer('Nothing', {});

/** Routes of artifacts and uploads, for people and, below a job, for its agent. */
export async function addArtifactRoutes(app: TypedFastify, options: ArtifactRouteOptions): Promise<void> {
  const { artifacts, reachOf } = options;
  const config = options.access === undefined ? {} : { access: options.access };
  const operationId = (name: string): string => `${options.operationPrefix ?? ''}${name}`;

  app.post('/artifacts', {
    config,
    schema: {
      operationId: operationId('createArtifact'),
      tags,
      summary: 'Begin an artifact: files are sent to it, then it is committed',
      body: NewArtifactBody,
      response: { ...ok(ArtifactSchema), 201: ArtifactSchema },
    },
    handler: async (request, reply) => {
      const { name = null, type = null, residence = { kind: 'hub' }, metadata = {} } = request.body;
      return reply.code(201).send(await artifacts.create({ name, type, residence, metadata }, await reachOf(request)));
    },
  });

  const ListQuery = Type.Object({
    name: Type.Optional(Type.String()),
    type: Type.Optional(Type.String()),
    job: Type.Optional(Type.String()),
    before: Type.Optional(Type.String()),
    limit: PageLimit,
  });
  app.get('/artifacts', {
    config,
    schema: {
      operationId: operationId('listArtifacts'),
      tags,
      summary: 'Artifacts, newest first',
      querystring: ListQuery,
      response: ok(ArtifactListSchema),
    },
    handler: async (request) => {
      const { name = null, type = null, job = null, before = null, limit = 200 } = request.query;
      const page = await artifacts.list({ name, type, job, beforeId: before, limit }, await reachOf(request));
      return { artifacts: page, nextBefore: page.length === limit ? (page.at(-1)?.id ?? null) : null };
    },
  });

  app.get('/artifacts/:artifact', {
    config,
    schema: {
      operationId: operationId('getArtifact'),
      tags,
      summary: 'One artifact',
      params: ArtifactParams,
      response: ok(ArtifactSchema),
    },
    handler: async (request) => artifacts.get(request.params.artifact, await reachOf(request)),
  });

  app.delete('/artifacts/:artifact', {
    config,
    schema: {
      operationId: operationId('deleteArtifact'),
      tags,
      summary: 'Delete an artifact that no open job needs; bytes that nothing else has are freed within the hour',
      params: ArtifactParams,
      response: { ...ok(Nothing), 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await artifacts.remove(request.params.artifact, await reachOf(request));
      return reply.code(204).send(null);
    },
  });

  app.post('/artifacts/:artifact/commit', {
    config,
    schema: {
      operationId: operationId('commitArtifact'),
      tags,
      summary: 'Make it immutable; the same again changes nothing',
      params: ArtifactParams,
      body: CommitBody,
      response: ok(ArtifactSchema),
    },
    handler: async (request) => {
      const { sha256 = null, sizeBytes = null } = request.body;
      return artifacts.commit(request.params.artifact, { sha256, sizeBytes }, await reachOf(request));
    },
  });

  const FilesQuery = Type.Object({ prefix: Type.Optional(Type.String()), after: Type.Optional(Type.String()), limit: PageLimit });
  app.get('/artifacts/:artifact/files', {
    config,
    schema: {
      operationId: operationId('listArtifactFiles'),
      tags,
      summary: 'Its files, by path',
      params: ArtifactParams,
      querystring: FilesQuery,
      response: ok(ArtifactFileListSchema),
    },
    handler: async (request) => {
      const { prefix = '', after = '', limit = 200 } = request.query;
      const { files, totalCount } = await artifacts.files(
        request.params.artifact,
        { prefix, after, offset: 0, limit },
        await reachOf(request),
      );
      return { files, totalCount, nextAfter: files.length === limit ? (files.at(-1)?.path ?? null) : null };
    },
  });

  app.post('/artifacts/:artifact/files', {
    config,
    schema: {
      operationId: operationId('noteArtifactFiles'),
      tags,
      summary: 'Tell the files of a reference, whose bytes stay elsewhere',
      params: ArtifactParams,
      body: NoteFilesBody,
      response: ok(ArtifactFileListSchema),
    },
    handler: async (request) => {
      const reach = await reachOf(request);
      const { artifact } = request.params;
      const noted = [];
      for (const { path, sha256 = null, sizeBytes, contentType = 'application/octet-stream' } of request.body.files) {
        noted.push(await artifacts.noteFile(artifact, { path, sha256: sha256?.toLowerCase() ?? null, sizeBytes, contentType }, reach));
      }
      return { files: noted, totalCount: (await artifacts.get(artifact, reach)).fileCount, nextAfter: null };
    },
  });

  app.delete('/artifacts/:artifact/files/*', {
    config,
    schema: {
      operationId: operationId('deleteArtifactFile'),
      tags,
      summary: 'Take a file out of an artifact that is not committed',
      params: FileParams,
      response: { ...ok(Nothing), 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await artifacts.removeFile(request.params.artifact, request.params['*'], await reachOf(request));
      return reply.code(204).send(null);
    },
  });

  app.post('/uploads', {
    config,
    schema: {
      operationId: operationId('createUpload'),
      tags,
      summary: 'Begin to send a large file in several requests',
      body: NewUploadBody,
      response: { ...ok(UploadSchema), 201: UploadSchema },
    },
    handler: async (request, reply) => {
      const { id, sizeBytes, createdAtMs } = await artifacts.startUpload(request.body.sizeBytes ?? null, await reachOf(request));
      return reply.code(201).send({ id, sizeBytes, offsetBytes: 0, createdAtMs });
    },
  });

  app.get('/uploads/:upload', {
    config,
    exposeHeadRoute: true,
    schema: {
      operationId: operationId('getUpload'),
      tags,
      summary: 'How far an upload has come; HEAD says it in Upload-Offset',
      params: UploadParams,
      response: ok(UploadSchema),
    },
    handler: async (request, reply) => {
      const { id, sizeBytes, offsetBytes, createdAtMs } = await artifacts.upload(request.params.upload, await reachOf(request));
      reply.header('upload-offset', offsetBytes).header('cache-control', 'no-store');
      if (sizeBytes !== null) reply.header('upload-length', sizeBytes);
      return { id, sizeBytes, offsetBytes, createdAtMs };
    },
  });

  app.delete('/uploads/:upload', {
    config,
    schema: {
      operationId: operationId('deleteUpload'),
      tags,
      summary: 'Give an upload up',
      params: UploadParams,
      response: { ...ok(Nothing), 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await artifacts.removeUpload(request.params.upload, await reachOf(request));
      return reply.code(204).send(null);
    },
  });

  await app.register(async (bytes) => addByteRoutes(bytes, { ...options, config, operationId }));
}
