import { Readable } from 'node:stream';
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { ok } from '@juqueue/http';
import type { TypeBoxProvider } from '@juqueue/http';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ArtifactFileSchema, FileParams, UploadParams } from './artifact-schemas.ts';
import type { Artifacts } from './artifacts.ts';
import { sendFile } from './send-file.ts';
import type { Reach } from './model.ts';

export interface ByteRouteOptions {
  readonly artifacts: Artifacts;
  readonly reachOf: (request: FastifyRequest) => Promise<Reach> | Reach;
  readonly config: FastifyContextConfig;
  readonly operationId: (name: string) => string;
}

const tags = ['artifacts'];

/** Routes that carry the bytes of files. Whatever their Content-Type, bodies are bytes here and are never held in memory. */
export function addByteRoutes(app: FastifyInstance, { artifacts, reachOf, config, operationId }: ByteRouteOptions): void {
  takeBytes(app);
  const typed = app.withTypeProvider<TypeBoxProvider>();

  const PutQuery = Type.Object({
    upload: Type.Optional(Type.String({ description: 'Take the bytes of this upload; there is no body then.' })),
  });
  typed.put('/artifacts/:artifact/files/*', {
    config,
    schema: {
      operationId: operationId('putArtifactFile'),
      tags,
      summary: 'Send a file; with a Content-SHA256 header, bytes that have another hash are refused',
      params: FileParams,
      querystring: PutQuery,
      response: { ...ok(ArtifactFileSchema), 201: ArtifactFileSchema },
    },
    handler: async (request, reply) => {
      const { artifact, '*': path } = request.params;
      const reach = await reachOf(request);
      const { upload } = request.query;
      // What is signed may have no body and the hash of none: that is not the file's.
      const about = {
        contentType: request.headers['content-type'] ?? 'application/octet-stream',
        expectedSha256: upload === undefined ? contentSha256(request) : null,
      };
      const length = Number(request.headers['content-length'] ?? 0);
      if (length > artifacts.maxFileBytes)
        throw new JuqueueError('JQ_TOO_LARGE', `The file has ${length} bytes, this hub takes at most ${artifacts.maxFileBytes}.`);
      const file =
        upload === undefined
          ? await artifacts.putFile(artifact, path, bodyOf(request), about, reach)
          : await artifacts.putUpload(artifact, path, upload, about, reach);
      return reply.code(201).send(file);
    },
  });

  const schema = {
    operationId: operationId('getArtifactFile'),
    tags,
    summary: 'The bytes of a file, or a Range of them',
    params: FileParams,
  };
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { artifact, '*': path } = request.params as Static<typeof FileParams>;
    const open = await artifacts.file(artifact, path, await reachOf(request));
    return sendFile(request, reply, open, (range) => artifacts.read(open, range));
  };
  app.get('/artifacts/:artifact/files/*', { config, exposeHeadRoute: false, schema, handler });
  app.head('/artifacts/:artifact/files/*', { config, schema: { ...schema, hide: true }, handler });

  typed.patch('/uploads/:upload', {
    config,
    schema: {
      operationId: operationId('appendUpload'),
      tags,
      summary: 'Send the next bytes; Upload-Offset says where they go on',
      params: UploadParams,
      response: { ...ok(Type.Object({})), 204: Type.Null() },
    },
    handler: async (request, reply) => {
      const header = request.headers['upload-offset'];
      if (typeof header !== 'string' || !/^\d{1,15}$/.test(header))
        throw new JuqueueError('JQ_BAD_REQUEST', 'The request lacks the header Upload-Offset, expected a number of bytes.');
      const offsetBytes = await artifacts.append(request.params.upload, Number(header), bodyOf(request), await reachOf(request));
      return reply.code(204).header('upload-offset', offsetBytes).send(null);
    },
  });
}

/** Bodies of these routes are handed over as they come. */
export function takeBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

/** The body's bytes as they come; of a request without a body none. */
export function bodyOf(request: FastifyRequest): Readable {
  return request.body instanceof Readable ? request.body : Readable.from([]);
}

/** The hash that the sender says the body has. Throws `JQ_BAD_REQUEST` when it is none. */
export function contentSha256({ headers }: FastifyRequest): string | null {
  const header = headers['content-sha256'];
  if (header === undefined) return null;
  if (typeof header !== 'string' || !/^[0-9a-f]{64}$/i.test(header))
    throw new JuqueueError('JQ_BAD_REQUEST', `Content-SHA256 is '${String(header)}', expected 64 hexadecimal digits.`);
  return header.toLowerCase();
}
