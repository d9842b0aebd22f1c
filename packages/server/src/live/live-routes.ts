import type { FastifyInstance } from 'fastify';
import type { JuqueueEvent, Timer, Touched } from '@juqueue/core';
import type { WebSocket } from 'ws';
import type { ServerContext } from '../app/server-context.ts';
import { defaultBroadcastTimes, EventBroadcast } from './event-broadcast.ts';
import type { FrameWriter, Subscriber } from './event-broadcast.ts';
import { LiveClient } from './live-client.ts';
import { liveViews } from './live-views.ts';

/** What `/api/v1/ws` tells a client that has named no topics. One that sees `omitted` above 0 has missed some and reads GET /api/v1/events. */
const summaries = {
  frame: (events, omitted, seq) => JSON.stringify({ kind: 'events', seq, omitted, events }),
  pulse: (seq) => JSON.stringify({ kind: 'pulse', seq }),
} satisfies FrameWriter;

/** The original's `/ws`: a word that says "ask again". */
const updates: FrameWriter = { frame: () => 'update' };

/** More than these are more than all open tabs of a user; each one costs memory and a share of every frame. */
const maxClients = 64;
/** The policy code of WebSocket for "come back later". */
const tryAgainLater = 1013;
/** And the one for "not with this token". */
const policyViolation = 1008;

/** The two channels on which clients hear that something happened. Needs @fastify/websocket to be registered. */
export function addLiveRoutes(app: FastifyInstance, context: ServerContext): void {
  const newestSeq = (): number => context.engine.newestSeq;
  const untopical = new EventBroadcast(context.clock, summaries, newestSeq);
  const original = new EventBroadcast(context.clock, updates, newestSeq);
  const topical = new LiveClients(context);
  const stopListening = context.engine.onEvents((events, touched) => {
    untopical.tell(events);
    original.tell(events);
    topical.tell(events, touched);
  });
  const sockets = new Set<WebSocket>();
  const untilRotation = (socket: WebSocket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  };
  context.tokens.onRotated(() => sockets.forEach((socket) => socket.close(policyViolation, 'the token was replaced')));
  app.addHook('preClose', async () => {
    stopListening();
    untopical.close();
    original.close();
    topical.close();
  });

  app.get('/api/v1/ws', { websocket: true }, (socket) => {
    const leave = join(untopical, socket, topical.size);
    if (leave === null) return;
    untilRotation(socket);
    socket.send(JSON.stringify({ kind: 'hello', version: context.identity.version, epoch: context.engine.health.epoch, seq: newestSeq() }));
    topical.add(socket, leave);
  });
  app.get('/ws', { websocket: true }, (socket) => {
    if (join(original, socket, 0) !== null) untilRotation(socket);
  });
}

/** The clients of /api/v1/ws that have named topics. */
class LiveClients {
  readonly #context: ServerContext;
  readonly #clients = new Map<LiveClient, WebSocket>();
  #pulse: Timer | null = null;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** A client that names topics gets them instead of all events: `leaveOthers` ends those. */
  add(socket: WebSocket, leaveOthers: () => void): void {
    const client = new LiveClient(this.#context.clock, liveViews(this.#context), subscriberOf(socket));
    socket.on('message', (data) => {
      client
        .receive(String(data))
        .then(() => {
          if (!client.hasTopics || this.#clients.has(client)) return;
          leaveOthers();
          this.#clients.set(client, socket);
          this.#pulseLater();
        })
        .catch((error: unknown) => {
          this.#context.log.warn(`A client of /api/v1/ws was dropped: ${String(error)}`);
          socket.terminate();
        });
    });
    socket.on('close', () => {
      client.close();
      this.#clients.delete(client);
    });
  }

  tell(events: readonly JuqueueEvent[], touched: Touched): void {
    for (const client of this.#clients.keys()) client.tell(events, touched);
  }

  close(): void {
    this.#pulse?.cancel();
    for (const client of this.#clients.keys()) client.close();
    this.#clients.clear();
  }

  /** A quiet server says that it lives, so that clients can tell quiet from gone. */
  #pulseLater(): void {
    if (this.#pulse !== null || this.#clients.size === 0) return;
    this.#pulse = this.#context.clock.after(defaultBroadcastTimes.pulseIntervalMs, () => {
      this.#pulse = null;
      const text = summaries.pulse(this.#context.engine.newestSeq);
      for (const socket of this.#clients.values()) socket.send(text);
      this.#pulseLater();
    });
  }
}

/** Answers the way to leave; null when there are too many already. */
function join(broadcast: EventBroadcast, socket: WebSocket, others: number): (() => void) | null {
  socket.on('error', () => socket.terminate());
  if (broadcast.subscriberCount + others >= maxClients) {
    socket.close(tryAgainLater, 'too many clients');
    return null;
  }
  const leave = broadcast.subscribe(subscriberOf(socket));
  socket.on('close', leave);
  return leave;
}

function subscriberOf(socket: WebSocket): Subscriber {
  return {
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send: (text) => socket.send(text),
    drop: () => socket.terminate(),
  };
}
