import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { AdapterContext } from '../adapter.ts';
import { objectOf, refusalOf, textOf } from '../requests.ts';
import { baseOf } from './job-results.ts';
import type { JobResults } from './job-results.ts';
import { QueueFeed } from './queue-feed.ts';
import type { Message } from './queue-feed.ts';
import { defaultNamespace } from './queues.ts';
import type { ComputeQueues } from './queues.ts';

const options = { websocket: true, config: { access: 'own' }, schema: { hide: true } } as const;
const mostSockets = 200;
/** The code of WebSocket for "come back later". */
const tryAgainLater = 1013;
/** Logs are looked at this often, states at once. */
const lookEveryMs = 1_000;
/** What happens within this time is told together. */
const togetherMs = 100;
/** Who does not read is told nothing more until it has. */
const mostUnreadBytes = 8 * 1_048_576;

interface QueueParams {
  readonly queue: string;
}

export interface QueueSockets {
  /** How many clients follow the queue. */
  count(queue: string): number;
}

/**
 * `/q/:queue/client`: jobs are submitted, cancelled and followed by messages `{type, payload}`. Agents take the place of workers, so there
 * is no `/q/:queue/worker`.
 */
export function addQueueSockets(app: FastifyInstance, context: AdapterContext, queues: ComputeQueues, results: JobResults): QueueSockets {
  const sockets = new Map<WebSocket, string>();
  const isOpen = async (request: FastifyRequest): Promise<void> => void (await queues.ownerOf((request.params as QueueParams).queue));
  for (const path of ['/q/:queue/client', '/q/:queue/browser', '/:queue/client', '/:queue/browser']) {
    app.get<{ Params: QueueParams }>(path, { ...options, preValidation: isOpen }, (socket, request) =>
      serve(socket, request.params.queue, baseOf(request)),
    );
  }
  return { count: (queue) => [...sockets.values()].filter((each) => each === queue).length };

  function serve(socket: WebSocket, queue: string, base: string): void {
    if (sockets.size >= mostSockets) return socket.close(tryAgainLater, `${mostSockets} clients are connected already`);
    sockets.set(socket, queue);
    const gone = new AbortController();
    socket.on('close', () => {
      sockets.delete(socket);
      gone.abort();
    });
    const feed = new QueueFeed(context, queues, results, queue, base);
    const send = (message: Message): void => socket.send(JSON.stringify(message));
    let answered = Promise.resolve();
    socket.on('message', (data: Buffer, isBinary) => {
      const text = isBinary ? '' : data.toString();
      if (text === 'PING') return socket.send('PONG');
      answered = answered
        .then(() => answer(queue, feed, text, base))
        .then(
          (messages) => messages.forEach(send),
          (error: unknown) => send({ type: 'Error', payload: { error: refusalOf(error).message } }),
        );
    });
    tell(socket, feed, gone.signal, send).catch(() => socket.terminate());
  }

  async function tell(socket: WebSocket, feed: QueueFeed, gone: AbortSignal, send: (message: Message) => void): Promise<void> {
    const { news, clock } = context.hub;
    while (!gone.aborted) {
      const next = news.next(lookEveryMs, gone);
      if (socket.bufferedAmount <= mostUnreadBytes) (await feed.news()).forEach(send);
      await next.promise;
      await new Promise<void>((resolve) => void clock.after(togetherMs, resolve));
    }
  }

  /** What is said back at once; what changed is told to everybody by `tell`. */
  async function answer(queue: string, feed: QueueFeed, text: string, base: string): Promise<readonly Message[]> {
    const { type, payload } = messageOf(text);
    switch (type) {
      case 'StateChange':
        await change(queue, payload, base);
        return [];
      case 'QueryJob': {
        const found = await feed.job(textOf(payload['jobId']) ?? '');
        return found === null ? [] : [found];
      }
      case 'QueryJobStates':
        feed.askForAll();
        return [];
      default:
        return [refusal(`type is '${String(type)}', expected StateChange, QueryJob or QueryJobStates.`)];
    }
  }

  async function change(queue: string, payload: Readonly<Record<string, unknown>>, base: string): Promise<void> {
    const value = objectOf(payload['value']) ?? {};
    const id = textOf(payload['job']) ?? '';
    if (payload['state'] === 'Queued') {
      const { definition, control } = objectOf(value['enqueued']) ?? value;
      await queues.submit(queue, await queues.ownerOf(queue), { definition, control, ...(id === '' ? {} : { id }) }, base);
      return;
    }
    const reason = payload['state'] === 'Finished' ? value['reason'] : payload['state'];
    await queues.ownerOf(queue);
    await queues.end(queue, id, textOf(value['namespace']) ?? defaultNamespace, reason);
  }
}

function messageOf(text: string): { readonly type: unknown; readonly payload: Readonly<Record<string, unknown>> } {
  try {
    const { type, payload } = objectOf(JSON.parse(text)) ?? {};
    return { type, payload: objectOf(payload) ?? {} };
  } catch {
    return { type: 'no JSON', payload: {} };
  }
}

function refusal(error: string): Message {
  return { type: 'Error', payload: { error } };
}
