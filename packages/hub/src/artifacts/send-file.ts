import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import type { OpenFile } from './artifacts.ts';
import { byteRange } from './byte-range.ts';
import type { ByteRange } from './byte-range.ts';

/** Answers with a file, the range of it that is asked for, that it has not changed, or, for a reference by address, with where it is. */
export function sendFile(
  { headers, method }: FastifyRequest,
  reply: FastifyReply,
  { artifact, file }: OpenFile,
  read: (range?: ByteRange) => Readable,
): FastifyReply {
  const { residence } = artifact;
  if (residence.kind === 'url') return reply.redirect(residence.url, 302);
  if (residence.kind === 'path') {
    throw new JuqueueError(
      'JQ_ARTIFACT_STATUS',
      `Artifact ${artifact.id} lies at ${residence.path} on ${residence.cluster ?? 'the cluster'}, its bytes are not in the hub.`,
    );
  }
  const etag = `"${file.sha256 ?? ''}"`;
  reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    .header('x-content-sha256', file.sha256 ?? '');
  if (headers['if-none-match']?.split(',').some((tag) => tag.trim() === etag || tag.trim() === '*') === true) return reply.code(304).send();
  // Files come from runs: a browser must neither guess what they are nor execute them.
  reply
    .header('content-type', file.contentType)
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', 'sandbox')
    .header('content-disposition', disposition(file.path));
  const range = headers['if-range'] === undefined || headers['if-range'] === etag ? rangeOf(headers.range, file.sizeBytes, reply) : null;
  if (range !== null) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.sizeBytes}`);
  reply.header('content-length', range === null ? file.sizeBytes : range.end - range.start + 1);
  return method === 'HEAD' ? reply.send() : reply.send(read(range ?? undefined));
}

function rangeOf(header: string | undefined, sizeBytes: number, reply: Pick<FastifyReply, 'header'>): ByteRange | null {
  try {
    return byteRange(header, sizeBytes);
  } catch (error) {
    reply.header('content-range', `bytes */${sizeBytes}`);
    throw error;
  }
}

function disposition(path: string): string {
  return `attachment; filename*=UTF-8''${encodeURIComponent(path.split('/').at(-1) ?? 'file').replaceAll("'", '%27')}`;
}
