import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { ServerContext } from '../app/server-context.ts';
import { EventBroadcast } from './event-broadcast.ts';
import type { FrameWriter, Subscriber } from './event-broadcast.ts';

/** Frames of `/api/v1/ws`. A client that sees `omitted` above 0 has missed some and reads GET /api/v1/events. */
const summaries: FrameWriter = {
  frame: (events, omitted, seq) => JSON.stringify({ kind: 'events', seq, omitted, events }),
  pulse: (seq) => JSON.stringify({ kind: 'pulse', seq }),
};

/** The original's `/ws`: a word that says "ask again". */
const updates: FrameWriter = { frame: () => 'update' };

/** More than these are more than all open tabs of a user; each one costs memory and a share of every frame. */
const maxClients = 64;
/** The policy code of WebSocket for "come back later". */
const tryAgainLater = 1013;

/** The two channels on which clients hear that something happened. Needs @fastify/websocket to be registered. */
export function addLiveRoutes(app: FastifyInstance, context: ServerContext): void {
  const newestSeq = (): number => context.engine.newestSeq;
  const v1 = new EventBroadcast(context.clock, summaries, newestSeq);
  const original = new EventBroadcast(context.clock, updates, newestSeq);
  const stopListening = context.engine.onEvents((events) => {
    v1.tell(events);
    original.tell(events);
  });
  app.addHook('preClose', async () => {
    stopListening();
    v1.close();
    original.close();
  });

  app.get('/api/v1/ws', { websocket: true }, (socket) => {
    if (!join(v1, socket)) return;
    socket.send(JSON.stringify({ kind: 'hello', version: context.identity.version, seq: newestSeq() }));
  });
  app.get('/ws', { websocket: true }, (socket) => {
    join(original, socket);
  });
}

function join(broadcast: EventBroadcast, socket: WebSocket): boolean {
  socket.on('error', () => socket.terminate());
  if (broadcast.subscriberCount >= maxClients) {
    socket.close(tryAgainLater, 'too many clients');
    return false;
  }
  const leave = broadcast.subscribe(subscriberOf(socket));
  socket.on('close', leave);
  return true;
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
