import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorCatalogue, JuqueueError } from '@juqueue/core';
import type { Log, Problem } from '@juqueue/core';

/** The body of every "no" under /api/v1: RFC 9457 with our `code` and `hint`. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hint: string | null;
}

export function problemDocument(problem: Problem): ProblemDocument {
  const { status, title } = errorCatalogue[problem.code];
  return { type: `urn:juqueue:error:${problem.code}`, title, status, detail: problem.message, code: problem.code, hint: problem.hint };
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const document = problemDocument(problem);
  if (problem.code === 'JQ_UNAUTHORIZED') reply.header('www-authenticate', 'Bearer realm="juqueue"');
  if (document.status === 503) reply.header('retry-after', '5');
  if (document.status === 429) reply.header('retry-after', '1');
  return reply.code(document.status).type('application/problem+json').serializer(JSON.stringify).send(document);
}

/** Turns whatever went wrong into a problem document. What we did not foresee is logged in full and told in short; `mistakeHint` says where the log is. */
export function addProblemResponses(app: FastifyInstance, log: Log, mistakeHint: string): void {
  app.setErrorHandler<FastifyError | JuqueueError>((error, request, reply) => {
    const problem = problemOf(error, mistakeHint);
    if (problem.code === 'JQ_INTERNAL')
      log.warn(`${request.method} ${request.routeOptions.url ?? 'unknown route'} failed: ${error.message}`, { stack: error.stack });
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, {
      code: 'JQ_NOT_FOUND',
      message: `There is no ${request.method} ${request.url.split('?')[0]}.`,
      hint: 'The routes are listed at /docs.',
    }),
  );
}

/** For what fastify refuses before any route or hook has seen it: an address that is too long or is none. */
export function sendUnroutable(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const { code, message, hint } = problemOf(error, '');
  sendProblem(reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }), {
    code,
    message: message.replace(/'[^']{100,}'/g, 'the address'),
    hint,
  });
}

function problemOf(error: FastifyError | JuqueueError, mistakeHint: string): Problem {
  if (error instanceof JuqueueError) return error.problem;
  if (error.validation !== undefined) {
    return { code: 'JQ_BAD_REQUEST', message: validationSentence(error), hint: 'The expected form is described at /docs.' };
  }
  if (error.statusCode === 413) return { code: 'JQ_TOO_LARGE', message: error.message, hint: null };
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return { code: 'JQ_BAD_REQUEST', message: error.message, hint: null };
  }
  return { code: 'JQ_INTERNAL', message: 'The server made a mistake while answering this request.', hint: mistakeHint };
}

function validationSentence(error: FastifyError): string {
  const found = error.validation?.[0];
  if (found === undefined) return error.message;
  const place = [error.validationContext ?? 'request', ...found.instancePath.split('/').slice(1)].join('.');
  const { params } = found;
  switch (found.keyword) {
    case 'additionalProperties':
      return `${place} has an unknown key '${String(params['additionalProperty'])}'.`;
    case 'required':
      return `${place} lacks '${String(params['missingProperty'])}'.`;
    case 'enum':
      return `${place} is not one of ${(params['allowedValues'] as readonly unknown[]).join(', ')}.`;
    default:
      return `${place} ${found.message ?? 'does not have the expected form'}.`;
  }
}
