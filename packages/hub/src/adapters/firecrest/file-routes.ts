import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { sendFile } from '../../artifacts/send-file.ts';
import type { ArtifactFile } from '../../artifacts/model.ts';
import { storeFormFile } from '../form-file.ts';
import type { AdapterContext } from '../adapter.ts';
import { reachOfUser, textOf } from '../requests.ts';
import type { UserPrincipal } from '../requests.ts';
import { fieldsOf } from './fields.ts';
import { placeOf } from './folders.ts';
import type { Folders, Place } from './folders.ts';
import { transferLog } from './transfers.ts';
import type { Transfers } from './transfers.ts';

const options = { config: { access: 'own' }, schema: { hide: true } } as const;
/** What is answered within a document, and not as a download. */
const mostShownBytes = 5_242_880;

/** What v2 has and a hub has no meaning for. */
const refusedOperations = [
  ['PUT', 'ops/chmod'],
  ['PUT', 'ops/chown'],
  ['POST', 'ops/symlink'],
] as const;

interface FileQuery {
  readonly path?: string;
  readonly skipTrailing?: string;
  readonly skipHeading?: string;
  readonly recursive?: string;
  readonly bytes?: string;
  readonly lines?: string;
}
interface SystemParams {
  readonly system: string;
}

/** Operations on files in folders of users and in what jobs left. */
export function addFileRoutes(
  app: FastifyInstance,
  { artifacts, hub }: AdapterContext,
  folders: Folders,
  userOf: (request: FastifyRequest, needed: 'viewer' | 'editor') => UserPrincipal,
  checkSystem: (system: string) => void,
  transfers: Transfers,
): void {
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
    return { output: entriesOf(place, await folders.files(place, reach), user.name, query(request).recursive === 'true') };
  });
  app.get(`${base}/stat`, options, async (request) => {
    const { user, reach } = asked(request, 'viewer');
    const { path } = query(request);
    const written = await writtenByHub(path, user);
    const sizeBytes = written === null ? (await folders.open(placeOf(path), reach)).file.sizeBytes : Buffer.byteLength(written);
    return { output: { mode: 33_152, ino: 0, dev: 0, nlink: 1, uid: 0, gid: 0, size: sizeBytes, atime: 0, ctime: 0, mtime: 0 } };
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
      const { user, reach } = asked(request, 'viewer');
      const { path, bytes, lines, skipTrailing, skipHeading } = query(request);
      const content = (await writtenByHub(path, user)) ?? (await shown(placeOf(path), reach));
      if (end === 'view') return { output: content };
      const wanted = numberOf(bytes ?? lines, 10);
      const whole = Buffer.from(content);
      const parts = bytes === undefined ? content.split(/(?<=\n)/) : [...whole.keys()];
      const from = end === 'head' ? 0 : skipHeading === 'true' ? wanted : Math.max(0, parts.length - wanted);
      const to = end === 'tail' ? parts.length : skipTrailing === 'true' ? Math.max(0, parts.length - wanted) : wanted;
      const part = bytes === undefined ? parts.slice(from, to).join('') : whole.subarray(from, to).toString();
      return {
        output: {
          content: part,
          contentType: bytes === undefined ? 'lines' : 'bytes',
          startPosition: from,
          endPosition: Math.min(to, parts.length),
        },
      };
    });
  }
  app.get(`${base}/download`, { ...options, exposeHeadRoute: false }, async (request, reply) => {
    const { user, reach } = asked(request, 'viewer');
    const written = await writtenByHub(query(request).path, user);
    if (written !== null) return reply.type('application/octet-stream').send(Buffer.from(written));
    const open = await folders.open(placeOf(query(request).path), reach);
    return sendFile(request, reply, open, (range) => artifacts.read(open, range));
  });
  app.post(`${base}/mkdir`, options, async (request, reply) => {
    const { user, reach } = asked(request, 'editor');
    const fields = fieldsOf(request.body);
    const path = textOf(fields['sourcePath'] ?? fields['path']) ?? '';
    const place = placeOf(path);
    await folders.make(place.folder, reach);
    return reply.code(201).send({ output: entry(path.split('/').at(-1) ?? path, 'd', 0, user.name, hub.clock.nowMs()) });
  });
  app.post(`${base}/upload`, options, async (request, reply) => {
    const { reach } = asked(request, 'editor');
    const { folder, rest } = placeOf(query(request).path);
    const { id } = await folders.make(folder, reach);
    await storeFormFile(request, async ({ name, bytes }) => {
      await artifacts.putFile(
        id,
        rest === '' ? name : `${rest}/${name}`,
        bytes,
        { contentType: 'application/octet-stream', expectedSha256: null },
        reach,
      );
    });
    return reply.code(204).send();
  });
  app.delete(`${base}/rm`, options, async (request, reply) => {
    const { reach } = asked(request, 'editor');
    await folders.remove(placeOf(query(request).path), reach);
    return reply.code(204).send();
  });

  for (const [method, operation] of refusedOperations) {
    app.route({
      method,
      url: `/filesystem/:system/${operation}`,
      ...options,
      handler: (request) => {
        asked(request, 'editor');
        throw new JuqueueError(
          'JQ_BAD_REQUEST',
          `${operation} is not offered: folders of a hub hold files, which have neither modes, owners nor links.`,
          'Do it in the script of a job.',
        );
      },
    });
  }

  /** What the hub keeps itself: `/jobs/ID/stdout.log` and `stderr.log`, also while the job executes, and logs of transfers. */
  async function writtenByHub(path: string | undefined, user: UserPrincipal): Promise<string | null> {
    const [, kind, id = '', name] = /^\/(jobs|transfers)\/([^/]+)\/([a-z]+\.log)$/.exec(path ?? '') ?? [];
    if (kind === 'transfers') return (await transfers.find(id, user.name)) === null ? null : name === 'output.log' ? transferLog : '';
    const stream = kind === 'jobs' ? (['stdout', 'stderr'] as const).find((each) => `${each}.log` === name) : undefined;
    const job = stream === undefined ? null : await hub.jobs.find(id).catch(() => null);
    if (stream === undefined || job === null || (job.owner !== user.name && user.role !== 'manager')) return null;
    const { bytes } = await hub.logs.read({ job: id, attempt: Math.max(1, job.attempts), stream }, 0, mostShownBytes);
    return Buffer.from(bytes).toString('utf8');
  }

  async function shown(place: Place, reach: Parameters<Folders['open']>[1]): Promise<string> {
    const open = await folders.open(place, reach);
    if (open.file.sizeBytes > mostShownBytes)
      throw new JuqueueError(
        'JQ_TOO_LARGE',
        `The file has ${open.file.sizeBytes} bytes, at most ${mostShownBytes} are shown.`,
        'Download it.',
      );
    const pieces: Buffer[] = [];
    for await (const piece of artifacts.read(open)) pieces.push(piece as Buffer);
    return Buffer.concat(pieces).toString('utf8');
  }
}

/** What lies directly in the place: files, and folders that files below it need. */
function entriesOf({ rest }: Place, files: readonly ArtifactFile[], user: string, isRecursive: boolean): readonly object[] {
  const found = new Map<string, object>();
  for (const { path, sizeBytes } of files) {
    const below = path === rest ? (path.split('/').at(-1) ?? path) : path.slice(rest === '' ? 0 : rest.length + 1);
    const [name = below, ...more] = isRecursive ? [below] : below.split('/');
    if (!found.has(name)) found.set(name, entry(name, more.length > 0 ? 'd' : '-', more.length > 0 ? 0 : sizeBytes, user, 0));
  }
  return [...found.values()];
}

function entry(name: string, type: string, sizeBytes: number, user: string, atMs: number): object {
  return {
    name,
    type,
    linkTarget: null,
    user,
    group: user,
    permissions: type === 'd' ? 'rwx------' : 'rw-------',
    lastModified: new Date(atMs).toISOString().slice(0, 19),
    size: String(sizeBytes),
  };
}

function numberOf(text: string | undefined, otherwise: number): number {
  const number = Number(text ?? otherwise);
  return Number.isInteger(number) && number >= 0 ? number : otherwise;
}
