import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { sendFile } from '../../artifacts/send-file.ts';
import type { AdapterContext } from '../adapter.ts';
import { bytesOf, reachOfUser, textOf } from '../requests.ts';
import type { UserPrincipal } from '../requests.ts';
import { compress, extract, isGzip } from './archives.ts';
import { fieldsOf } from './fields.ts';
import { placeOf } from './folders.ts';
import type { Folders, Place } from './folders.ts';
import { partBytes } from './transfers.ts';
import type { Ticket, Transfer, Transfers } from './transfers.ts';

const options = { config: { access: 'own' }, schema: { hide: true } } as const;
const mostParts = 10_000;

interface SystemParams {
  readonly system: string;
}

/** Files of any size, in parts to addresses that need no key, as clients of S3 send them; copies, moves and removals. */
export function addTransferRoutes(
  app: FastifyInstance,
  context: AdapterContext,
  folders: Folders,
  transfers: Transfers,
  userOf: (request: FastifyRequest, needed: 'viewer' | 'editor') => UserPrincipal,
  checkSystem: (system: string) => void,
): void {
  const { artifacts, access } = context;
  const base = '/filesystem/:system/transfer';
  const asked = (request: FastifyRequest) => {
    const user = userOf(request, 'editor');
    const { system } = request.params as SystemParams;
    checkSystem(system);
    const fields = fieldsOf(request.body);
    return { user, system, fields, reach: reachOfUser(user) };
  };

  app.post(`${base}/upload`, options, async (request, reply) => {
    const { user, system, fields, reach } = asked(request);
    const directives = fieldsOf(fields['transferDirectives']);
    checkMethod(directives);
    const sizeBytes = Number(directives['fileSize'] ?? fields['fileSize']);
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0)
      throw new JuqueueError(
        'JQ_BAD_REQUEST',
        `fileSize is ${String(directives['fileSize'] ?? fields['fileSize'])}, expected a positive number of bytes.`,
      );
    if (sizeBytes > mostParts * partBytes)
      throw new JuqueueError('JQ_TOO_LARGE', `The file has ${sizeBytes} bytes, expected at most ${mostParts * partBytes}.`);
    const folder = textOf(fields['path'] ?? fields['sourcePath']) ?? '';
    const name = textOf(fields['fileName']);
    const place = filePlace(name === null ? folder : `${folder}/${name}`);
    await folders.make(place.folder, reach);
    const upload = await artifacts.startUpload(sizeBytes, reach);
    const transfer = await transfers.begin(user.name, system, 'RUNNING');
    const secret = await transfers.issue({ kind: 'upload', reach, place, upload: upload.id, sizeBytes, transfer: transfer.id });
    const urls = Array.from(
      { length: Math.ceil(sizeBytes / partBytes) },
      (_, index) => `${originOf(request)}/filesystem/transfers/${secret}/parts/${index + 1}`,
    );
    return reply.code(201).send({
      ...jobOf(transfer),
      transferDirectives: {
        transferMethod: 's3',
        partsUploadUrls: urls,
        completeUploadUrl: `${originOf(request)}/filesystem/transfers/${secret}/complete`,
        maxPartSize: partBytes,
      },
    });
  });

  app.post(`${base}/download`, options, async (request, reply) => {
    const { user, system, fields, reach } = asked(request);
    checkMethod(fieldsOf(fields['transferDirectives']));
    const place = filePlace(textOf(fields['sourcePath'] ?? fields['path']) ?? '');
    const { file } = await folders.open(place, reach);
    const transfer = await transfers.begin(user.name, system, 'COMPLETED');
    const secret = await transfers.issue({
      kind: 'download',
      reach,
      place,
      upload: null,
      sizeBytes: file.sizeBytes,
      transfer: transfer.id,
    });
    return reply.code(201).send({
      ...jobOf(transfer),
      transferDirectives: { transferMethod: 's3', downloadUrl: `${originOf(request)}/filesystem/transfers/${secret}/file` },
    });
  });

  for (const action of ['cp', 'mv'] as const) {
    app.post(`${base}/${action}`, options, async (request, reply) => {
      const { user, system, fields, reach } = asked(request);
      const [source, target] = [placeOf(textOf(fields['sourcePath'] ?? fields['path']) ?? ''), placeOf(textOf(fields['targetPath']) ?? '')];
      await folders.copy(source, target, reach);
      if (action === 'mv') await folders.remove(source, reach);
      return reply.code(201).send(jobOf(await transfers.begin(user.name, system, 'COMPLETED')));
    });
  }
  for (const [action, perform] of [
    ['compress', compress],
    ['extract', extract],
  ] as const) {
    const ordered = async (request: FastifyRequest): Promise<ReturnType<typeof asked>> => {
      const order = asked(request);
      const { fields, reach } = order;
      const [from, to] = [textOf(fields['sourcePath'] ?? fields['path']) ?? '', textOf(fields['targetPath']) ?? ''];
      if (textOf(fields['matchPattern']) !== null)
        throw new JuqueueError('JQ_BAD_REQUEST', 'matchPattern is not taken: copy what is wanted into a folder first.');
      const isPacking = action === 'compress';
      await perform(
        context,
        folders,
        { source: isPacking ? placeOf(from) : filePlace(from), target: isPacking ? filePlace(to) : placeOf(to), isGzip: isGzip(fields) },
        reach,
      );
      return order;
    };
    app.post(`/filesystem/:system/ops/${action}`, options, async (request, reply) => {
      await ordered(request);
      return reply.code(204).send();
    });
    app.post(`${base}/${action}`, options, async (request, reply) => {
      const { user, system } = await ordered(request);
      return reply.code(201).send(jobOf(await transfers.begin(user.name, system, 'COMPLETED')));
    });
  }
  app.delete(`${base}/rm`, options, async (request) => {
    const { user, system, reach } = asked(request);
    await folders.remove(placeOf((request.query as { readonly path?: string }).path), reach);
    return jobOf(await transfers.begin(user.name, system, 'COMPLETED'));
  });

  app.put<{ Params: { secret: string; part: string } }>('/filesystem/transfers/:secret/parts/:part', options, async (request, reply) => {
    const { secret, part } = request.params;
    await transfers.receive(await ticketOf(request, secret, 'upload'), Number(part), bytesOf(request));
    return reply.header('etag', `"${part}"`).send();
  });
  app.post<{ Params: { secret: string } }>('/filesystem/transfers/:secret/complete', options, async (request, reply) => {
    const { secret } = request.params;
    const ticket = await ticketOf(request, secret, 'upload');
    const { id } = await folders.make(ticket.place.folder, ticket.reach);
    await transfers.finish(secret, ticket, (upload) =>
      artifacts.putUpload(id, ticket.place.rest, upload, { contentType: 'application/octet-stream', expectedSha256: null }, ticket.reach),
    );
    return reply.type('application/xml').send('<CompleteMultipartUploadResult/>');
  });
  app.get<{ Params: { secret: string } }>(
    '/filesystem/transfers/:secret/file',
    { ...options, exposeHeadRoute: false },
    async (request, reply) => {
      const { place, reach } = await ticketOf(request, request.params.secret, 'download');
      const open = await folders.open(place, reach);
      return sendFile(request, reply, open, (range) => artifacts.read(open, range));
    },
  );

  async function ticketOf(request: FastifyRequest, secret: string, kind: Ticket['kind']): Promise<Ticket> {
    return (await transfers.ticket(secret, kind)) ?? access.refuseUnknown(request.ip, 'This address is of no transfer, or it has expired.');
  }
}

/** As in the answers of a transfer. */
function jobOf({ id, system }: Transfer): object {
  return {
    transferJob: {
      jobId: id,
      system,
      workingDirectory: '/',
      logs: { outputLog: `/transfers/${id}/output.log`, errorLog: `/transfers/${id}/error.log` },
    },
  };
}

function filePlace(path: string): Place {
  const place = placeOf(path);
  if (place.rest === '') throw new JuqueueError('JQ_BAD_PATH', `The path is '${path}', expected a file in a folder, such as /NAME/FILE.`);
  return place;
}

function checkMethod(directives: Readonly<Record<string, unknown>>): void {
  const method = textOf(directives['transferMethod']) ?? 's3';
  if (method !== 's3')
    throw new JuqueueError(
      'JQ_BAD_REQUEST',
      `transferMethod is '${method}', expected s3: a hub asks for no connection between two others.`,
    );
}

/** The address by which the client has reached the hub, perhaps through something that speaks TLS for it. */
function originOf({ headers, protocol, host }: FastifyRequest): string {
  const forwarded = headers['x-forwarded-proto'];
  return `${forwarded === 'https' || forwarded === 'http' ? forwarded : protocol}://${host}`;
}
