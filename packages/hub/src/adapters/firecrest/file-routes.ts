import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { sendFile } from '../../artifacts/send-file.ts';
import type { ArtifactFile } from '../../artifacts/model.ts';
import { storeFormFile } from '../form-file.ts';
import type { AdapterContext } from '../adapter.ts';
import { objectOf, reachOfUser, textOf } from '../requests.ts';
import type { UserPrincipal } from '../requests.ts';
import { placeOf } from './folders.ts';
import type { Folders, Place } from './folders.ts';

const options = { config: { access: 'own' }, schema: { hide: true } } as const;
/** What is answered within a document, and not as a download. */
const mostShownBytes = 5_242_880;

interface FileQuery {
  readonly path?: string;
  readonly bytes?: string;
  readonly lines?: string;
}
interface SystemParams {
  readonly system: string;
}

/** Operations on files in folders of users and in what jobs left. */
export function addFileRoutes(app: FastifyInstance, { artifacts, hub }: AdapterContext, folders: Folders, userOf: (request: FastifyRequest, needed: 'viewer' | 'editor') => UserPrincipal, checkSystem: (system: string) => void): void {
  const base = '/filesystem/:system/ops';
  const asked = (request: FastifyRequest, needed: 'viewer' | 'editor') => {
    const user = userOf(request, needed);
    checkSystem((request.params as SystemParams).system);
    return { user, reach: reachOfUser(user) };
  };
  const query = (request: FastifyRequest): FileQuery => request.query as FileQuery;

  app.get(`${base}/ls`, options, async (request) => {
    const { user, reach } = asked(request, 'viewer');
    const place = placeOf(query(request).path);
    return { output: entriesOf(place, await folders.files(place, reach), user.name) };
  });
  app.get(`${base}/stat`, options, async (request) => {
    const { reach } = asked(request, 'viewer');
    const { file } = await folders.open(placeOf(query(request).path), reach);
    return { output: { mode: 33_152, ino: 0, dev: 0, nlink: 1, uid: 0, gid: 0, size: file.sizeBytes, atime: 0, ctime: 0, mtime: 0 } };
  });
  app.get(`${base}/checksum`, options, async (request) => {
    const { reach } = asked(request, 'viewer');
    const { file } = await folders.open(placeOf(query(request).path), reach);
    return { output: { algorithm: 'SHA-256', checksum: file.sha256 } };
  });
  app.get(`${base}/file`, options, async (request) => {
    const { reach } = asked(request, 'viewer');
    return { output: (await folders.open(placeOf(query(request).path), reach)).file.contentType };
  });
  for (const end of ['view', 'head', 'tail'] as const) {
    app.get(`${base}/${end}`, options, async (request) => {
      const { reach } = asked(request, 'viewer');
      const { path, bytes, lines } = query(request);
      const content = await shown(placeOf(path), reach);
      if (end === 'view') return { output: content };
      const isHead = end === 'head';
      const wanted = numberOf(bytes ?? lines, 10);
      const parts = bytes === undefined ? content.split(/(?<=\n)/) : content;
      const part = isHead ? parts.slice(0, wanted) : wanted === 0 ? parts.slice(parts.length) : parts.slice(-wanted);
      return { output: { content: typeof part === 'string' ? part : part.join(''), contentType: bytes === undefined ? 'lines' : 'bytes', startPosition: 0, endPosition: wanted } };
    });
  }
  app.get(`${base}/download`, { ...options, exposeHeadRoute: false }, async (request, reply) => {
    const { reach } = asked(request, 'viewer');
    const open = await folders.open(placeOf(query(request).path), reach);
    return sendFile(request, reply, open, (range) => artifacts.read(open, range));
  });
  app.post(`${base}/mkdir`, options, async (request, reply) => {
    const { user, reach } = asked(request, 'editor');
    const path = textOf(objectOf(request.body)?.['sourcePath'] ?? objectOf(request.body)?.['path']) ?? '';
    const place = placeOf(path);
    await folders.make(place.folder, reach);
    return reply.code(201).send({ output: entry(path.split('/').at(-1) ?? path, 'd', 0, user.name, hub.clock.nowMs()) });
  });
  app.post(`${base}/upload`, options, async (request, reply) => {
    const { reach } = asked(request, 'editor');
    const { folder, rest } = placeOf(query(request).path);
    const { id } = await folders.make(folder, reach);
    await storeFormFile(request, async ({ name, bytes }) => {
      await artifacts.putFile(id, rest === '' ? name : `${rest}/${name}`, bytes, { contentType: 'application/octet-stream', expectedSha256: null }, reach);
    });
    return reply.code(204).send();
  });
  app.delete(`${base}/rm`, options, async (request, reply) => {
    const { reach } = asked(request, 'editor');
    const place = placeOf(query(request).path);
    if (place.folder.startsWith('jobs/')) throw new JuqueueError('JQ_FORBIDDEN', 'What a job left is deleted with the job: DELETE /api/v1/jobs/ID.');
    const { id } = await folders.find(place.folder, reach);
    const files = await folders.files(place, reach);
    if (place.rest !== '' && files.length === 0) throw new JuqueueError('JQ_ARTIFACT_NOT_FOUND', `rm: cannot remove '/${place.folder}/${place.rest}': No such file or directory`);
    if (place.rest === '') await artifacts.remove(id, reach);
    else for (const { path } of files) await artifacts.removeFile(id, path, reach);
    return reply.code(204).send();
  });

  async function shown(place: Place, reach: Parameters<Folders['open']>[1]): Promise<string> {
    const open = await folders.open(place, reach);
    if (open.file.sizeBytes > mostShownBytes) throw new JuqueueError('JQ_TOO_LARGE', `The file has ${open.file.sizeBytes} bytes, at most ${mostShownBytes} are shown.`, 'Download it.');
    const pieces: Buffer[] = [];
    for await (const piece of artifacts.read(open)) pieces.push(piece as Buffer);
    return Buffer.concat(pieces).toString('utf8');
  }
}

/** What lies directly in the place: files, and folders that files below it need. */
function entriesOf({ rest }: Place, files: readonly ArtifactFile[], user: string): readonly object[] {
  const found = new Map<string, object>();
  for (const { path, sizeBytes } of files) {
    const below = path === rest ? (path.split('/').at(-1) ?? path) : path.slice(rest === '' ? 0 : rest.length + 1);
    const [name = below, ...more] = below.split('/');
    if (!found.has(name)) found.set(name, entry(name, more.length > 0 ? 'd' : '-', more.length > 0 ? 0 : sizeBytes, user, 0));
  }
  return [...found.values()];
}

function entry(name: string, type: string, sizeBytes: number, user: string, atMs: number): object {
  return { name, type, linkTarget: null, user, group: user, permissions: type === 'd' ? 'rwx------' : 'rw-------', lastModified: new Date(atMs).toISOString().slice(0, 19), size: String(sizeBytes) };
}

function numberOf(text: string | undefined, otherwise: number): number {
  const number = Number(text ?? otherwise);
  return Number.isInteger(number) && number >= 0 ? number : otherwise;
}
