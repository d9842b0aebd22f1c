import type { FastifyInstance, FastifyRequest } from 'fastify';
import { assert, JuqueueError } from '@juqueue/core';
import { contentSha256 } from '../../artifacts/byte-routes.ts';
import { sendFile } from '../../artifacts/send-file.ts';
import type { Artifact, ArtifactFile, Reach, Residence } from '../../artifacts/model.ts';
import type { AdapterContext } from '../adapter.ts';
import { isForm, storeFormFile } from '../form-file.ts';
import { bytesOf, objectOf, reachOfUser, textOf } from '../requests.ts';
import { requireCaller } from './caller.ts';
import { callerIn } from './jobs.ts';
import type { Link } from './protocol.ts';

const options = { config: { access: 'own' }, schema: { hide: true } } as const;
const base = '/api/hpc/artifacts';
/** The word that EMX2 has for where an artifact lies, beside its metadata. */
const residenceKey = 'emx2.residence';

interface FileAddress {
  readonly id: string;
  readonly '*': string;
}

/** Artifacts as EMX2 names them. A worker reads what its jobs take, and owns what it makes until a job has it. */
export function addEmx2ArtifactRoutes(app: FastifyInstance, context: AdapterContext): void {
  const { artifacts, hub } = context;

  app.post(base, options, async (request, reply) => {
    requireCaller(callerIn(request), 'editor');
    const body = objectOf(request.body) ?? {};
    const word = textOf(body['residence']) ?? 'managed';
    const metadata = { ...(objectOf(body['metadata']) ?? {}), [residenceKey]: word };
    const artifact = await artifacts.create(
      {
        name: textOf(body['name']),
        type: textOf(body['type']) ?? 'blob',
        residence: residenceOf(word, textOf(body['content_url'])),
        metadata,
      },
      await reachOf(request),
    );
    return reply.code(201).send(view(artifact));
  });

  app.get<{ Params: { id: string } }>(`${base}/:id`, options, async (request) =>
    view(await artifacts.get(request.params.id, await reachOf(request))),
  );

  app.delete<{ Params: { id: string } }>(`${base}/:id`, options, async (request, reply) => {
    requireCaller(callerIn(request), 'editor');
    await artifacts.remove(request.params.id, await reachOf(request));
    return reply.code(204).send();
  });

  app.get<{ Params: { id: string } }>(`${base}/:id/files`, options, async (request, reply) => {
    const query = request.query as Readonly<Record<string, string | undefined>>;
    const [limit, offset] = [Math.min(1_000, Number(query['limit'] ?? 100) || 100), Number(query['offset'] ?? 0) || 0];
    const { files, totalCount } = await artifacts.files(
      request.params.id,
      { prefix: query['prefix'] ?? '', after: '', offset, limit },
      await reachOf(request),
    );
    reply.header('x-total-count', totalCount);
    return { items: files.map((file) => fileView(request.params.id, file)), count: files.length, total_count: totalCount, limit, offset };
  });

  app.post<{ Params: { id: string } }>(`${base}/:id/files`, options, async (request, reply) => {
    requireCaller(callerIn(request), 'editor');
    const { id } = request.params;
    const body = objectOf(request.body) ?? {};
    const file = isForm(request)
      ? await receivedForm(request, id, null)
      : await artifacts.noteFile(id, toldFile(textOf(body['path']) ?? '', body), await reachOf(request));
    return reply.code(201).send(fileView(id, file));
  });

  app.put<{ Params: FileAddress }>(`${base}/:id/files/*`, options, async (request, reply) => {
    requireCaller(callerIn(request), 'editor');
    const { id, '*': path } = request.params;
    const reach = await reachOf(request);
    const { residence } = await artifacts.get(id, reach);
    if (residence.kind !== 'hub')
      return reply.code(201).send(fileView(id, await artifacts.noteFile(id, toldFile(path, objectOf(request.body) ?? {}), reach)));
    if (isForm(request)) return reply.code(201).send(fileView(id, await receivedForm(request, id, path)));
    const expectedSha256 = contentSha256(request);
    if (expectedSha256 === null) throw new JuqueueError('JQ_BAD_REQUEST', 'Content-SHA256 header is required for binary uploads');
    const file = await artifacts
      .putFile(
        id,
        path,
        bytesOf(request),
        { contentType: request.headers['content-type'] ?? 'application/octet-stream', expectedSha256 },
        reach,
      )
      .catch(asBadRequest);
    return reply.code(201).send(fileView(id, file));
  });

  /** The part `file` of a form. Its path is that of the address, its field `path`, or its own name. */
  async function receivedForm(request: FastifyRequest, id: string, path: string | null): Promise<ArtifactFile> {
    const reach = await reachOf(request);
    const formSha256 = contentSha256(request);
    // Without it the signature says nothing about the form.
    if (formSha256 === null && callerIn(request).kind === 'worker')
      throw new JuqueueError('JQ_BAD_REQUEST', 'Content-SHA256 header is required for binary uploads');
    const received: ArtifactFile[] = [];
    await storeFormFile(
      request,
      async ({ name, contentType, bytes, fields }) => {
        const about = {
          contentType: fields['content_type'] ?? contentType,
          expectedSha256: textOf(fields['sha256'])?.toLowerCase() ?? null,
        };
        received.push(await artifacts.putFile(id, path ?? textOf(fields['path']) ?? name, bytes, about, reach).catch(asBadRequest));
      },
      formSha256,
    );
    const [file] = received;
    assert(file !== undefined, 'a form without a file is refused');
    return file;
  }

  const get = async (request: FastifyRequest, reply: Parameters<typeof sendFile>[1]) => {
    const { id, '*': path } = request.params as FileAddress;
    const open = await artifacts.file(id, path, await reachOf(request));
    const { residence } = open.artifact;
    const inPlace = residence.kind === 'path' ? `file://${residence.path}` : residence.kind === 'url' ? residence.url : null;
    if (inPlace !== null) return reply.redirect(`${inPlace}/${encodedPath(path)}`, 302);
    return sendFile(request, reply, open, (range) => artifacts.read(open, range));
  };
  app.get(`${base}/:id/files/*`, { ...options, exposeHeadRoute: false }, get);
  app.head(`${base}/:id/files/*`, options, get);

  app.delete<{ Params: FileAddress }>(`${base}/:id/files/*`, options, async (request, reply) => {
    requireCaller(callerIn(request), 'editor');
    await artifacts.removeFile(request.params.id, request.params['*'], await reachOf(request));
    return reply.code(204).send();
  });

  app.post<{ Params: { id: string } }>(`${base}/:id/commit`, options, async (request) => {
    requireCaller(callerIn(request), 'editor');
    const { sha256, size_bytes: sizeBytes } = objectOf(request.body) ?? {};
    const expected = { sha256: textOf(sha256), sizeBytes: typeof sizeBytes === 'number' ? sizeBytes : null };
    return view(await artifacts.commit(request.params.id, expected, await reachOf(request)).catch(asHashConflict));
  });

  async function reachOf(request: FastifyRequest): Promise<Reach> {
    const caller = callerIn(request);
    if (caller.kind === 'user') return reachOfUser(caller.user);
    const definitions = await Promise.all(hub.agents.heldBy(caller.name).map(({ id }) => hub.jobs.definitionOf(id)));
    const alsoReads = definitions.flatMap(({ files }) => files.flatMap((file) => (file.kind === 'artifact' ? [file.artifact] : [])));
    return { owner: `agent:${caller.name}`, seesAll: false, job: null, alsoReads };
  }
}

function residenceOf(word: string, url: string | null): Residence {
  if (word === 'managed') return { kind: 'hub' };
  if (!['posix', 's3', 'http', 'reference'].includes(word))
    throw new JuqueueError('JQ_BAD_REQUEST', `residence is '${word}', expected managed, posix, s3, http or reference.`);
  if (url === null) throw new JuqueueError('JQ_BAD_REQUEST', `content_url is required for residence ${word}.`);
  if (word === 'posix') return { kind: 'path', cluster: null, path: pathOf(url) };
  return { kind: 'url', url };
}

/** `file:///a/b` with or without its characters escaped. */
function pathOf(url: string): string {
  const path = url.replace(/^file:\/\//, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function view(artifact: Artifact): Readonly<Record<string, unknown>> {
  const { id, name, type, residence, metadata, treeSha256, sizeBytes } = artifact;
  const { [residenceKey]: word = residence.kind === 'hub' ? 'managed' : residence.kind === 'path' ? 'posix' : 'http', ...others } =
    metadata;
  const status = statusOf(artifact);
  return {
    id,
    name,
    type,
    residence: word,
    status,
    sha256: treeSha256,
    size_bytes: artifact.status === 'committed' ? sizeBytes : null,
    content_url: residence.kind === 'path' ? `file://${residence.path}` : residence.kind === 'url' ? residence.url : null,
    metadata: others,
    created_at: new Date(artifact.createdAtMs).toISOString(),
    committed_at: artifact.committedAtMs === null ? null : new Date(artifact.committedAtMs).toISOString(),
    _links: linksOf(id, status),
  };
}

function statusOf({ status, residence, fileCount }: Artifact): 'CREATED' | 'UPLOADING' | 'REGISTERED' | 'COMMITTED' {
  if (status === 'committed') return 'COMMITTED';
  if (residence.kind !== 'hub') return 'REGISTERED';
  return fileCount === 0 ? 'CREATED' : 'UPLOADING';
}

function linksOf(id: string, status: ReturnType<typeof statusOf>): Readonly<Record<string, Link>> {
  const link = (path: string, method: string): Link => ({ href: `${base}/${id}${path}`, method });
  const all = {
    self: link('', 'GET'),
    upload: link('/files', 'PUT'),
    commit: link('/commit', 'POST'),
    download: link('/files', 'GET'),
    files: link('/files', 'GET'),
  };
  const names = {
    CREATED: ['self', 'upload', 'files'],
    UPLOADING: ['self', 'upload', 'commit', 'files'],
    REGISTERED: ['self', 'commit', 'files'],
    COMMITTED: ['self', 'download', 'files'],
  } as const;
  return Object.fromEntries(names[status].map((name) => [name, all[name]]));
}

function fileView(artifact: string, { path, sha256, sizeBytes, contentType }: ArtifactFile): Readonly<Record<string, unknown>> {
  const href = `${base}/${artifact}/files/${encodedPath(path)}`;
  return {
    id: `${artifact}/${path}`,
    artifact_id: artifact,
    path,
    sha256,
    size_bytes: sizeBytes,
    content_type: contentType,
    _links: { content: { href, method: 'GET' } },
  };
}

function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function toldFile(
  path: string,
  { sha256, size_bytes: sizeBytes, content_type: contentType }: Readonly<Record<string, unknown>>,
): ArtifactFile {
  const hash = textOf(sha256);
  if (hash !== null && !/^[0-9a-f]{64}$/i.test(hash))
    throw new JuqueueError('JQ_BAD_REQUEST', `sha256 is '${hash}', expected 64 hexadecimal digits.`);
  if (!(typeof sizeBytes === 'number' && Number.isInteger(sizeBytes) && sizeBytes >= 0))
    throw new JuqueueError('JQ_BAD_REQUEST', 'size_bytes is required.');
  return { path, sha256: hash?.toLowerCase() ?? null, sizeBytes, contentType: textOf(contentType) ?? 'application/octet-stream' };
}

function asBadRequest(error: unknown): never {
  if (error instanceof JuqueueError && error.problem.code === 'JQ_HASH_MISMATCH') throw new JuqueueError('JQ_BAD_REQUEST', error.message);
  throw error;
}

function asHashConflict(error: unknown): never {
  if (error instanceof JuqueueError && error.problem.code === 'JQ_HASH_MISMATCH')
    throw new JuqueueError('JQ_ARTIFACT_STATUS', `Hash Mismatch: ${error.message}`);
  throw error;
}
