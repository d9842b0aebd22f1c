import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { ListenOptions, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { WorkerCalls, workerFile } from '@juqueue/core';
import type { SocketFilesFunctions } from './socket-files-worker.ts';
import { maxSocketPathBytes, unixSocketPath } from './unix-socket-path.ts';
import type { SocketSurroundings } from './unix-socket-path.ts';

export interface ListenWishes extends SocketSurroundings {
  /** Null opens no TCP port; 0 lets the system choose. */
  readonly port: number | null;
  readonly listen: string;
  /** Where the user wants the socket; null takes the default place. */
  readonly unixSocket: string | null;
  readonly tell: (sentence: string) => void;
}

/** The open doors of one server. */
export interface Listeners extends AsyncDisposable {
  readonly port: number | null;
  readonly socketPath: string;
}

/** A server with its sockets; Node itself keeps no list of those that have become WebSockets. */
interface Door {
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

/** After a taken port as many following ones are tried. */
const portsToTry = 50;
/** Clients that send nothing must not hold a socket: headers within 10 s. */
const headersTimeoutMs = 10_000;
const maxConnections = 512;

/** How long answers in progress and goodbyes may take when the server ends. */
const goodbyeMs = 2_000;
const idleLookMs = 20;

/** Opens the unix socket (mode 0600) and, unless unwanted, a TCP port, both in front of the same routes. */
export async function openListeners(app: FastifyInstance, wishes: ListenWishes): Promise<Listeners> {
  await app.ready();
  const doors: Door[] = [];
  try {
    const socketPath = await openUnixSocket(app, wishes, doors);
    const port = wishes.port === null ? null : await openPort(app, wishes.port, wishes, doors);
    return { port, socketPath, [Symbol.asyncDispose]: () => closeAll(app, doors) };
  } catch (error) {
    await closeAll(app, doors);
    throw error;
  }
}

async function openUnixSocket(app: FastifyInstance, wishes: ListenWishes, doors: Door[]): Promise<string> {
  await using files = new WorkerCalls<SocketFilesFunctions>(workerFile('socket-files-worker', import.meta.url));
  const path = wishes.unixSocket ?? (await defaultSocketPath(wishes, files));
  if (Buffer.byteLength(path) > maxSocketPathBytes) {
    throw new JuqueueError('JQ_BAD_REQUEST', `The path of the unix socket is ${Buffer.byteLength(path)} bytes long, at most ${maxSocketPathBytes} are possible: ${path}`, 'Name a shorter one with --unix-socket.');
  }
  await files.call('removeStale', path);
  const server = openDoor(app, doors);
  await listen(server, { path });
  await files.call('makePrivate', path);
  return path;
}

async function defaultSocketPath(wishes: ListenWishes, files: WorkerCalls<SocketFilesFunctions>): Promise<string> {
  const { path, folder } = unixSocketPath(wishes);
  await files.call('prepareFolder', folder);
  return path;
}

async function openPort(app: FastifyInstance, wanted: number, wishes: ListenWishes, doors: Door[]): Promise<number> {
  const last = wanted === 0 ? 0 : Math.min(wanted + portsToTry, 65_535);
  for (let port = wanted; port <= last; port += 1) {
    const server = openDoor(app, doors);
    try {
      await listen(server, { port, host: wishes.listen });
    } catch (error) {
      doors.pop();
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') continue;
      throw new JuqueueError('JQ_PORT_TAKEN', `Port ${port} of ${wishes.listen} cannot be opened: ${String(error)}.`, 'Name another one with --port, or -1 for none.');
    }
    const address = server.address();
    const opened = typeof address === 'object' && address !== null ? address.port : port;
    if (wanted !== 0 && opened !== wanted) wishes.tell(`Port ${wanted} is taken by another program; this server is on port ${opened}.`);
    return opened;
  }
  throw new JuqueueError('JQ_PORT_TAKEN', `Ports ${wanted} to ${last} are all taken.`, 'Name another one with --port, or -1 for none.');
}

/** A server in front of the app. Upgrades are passed on to the one server that the WebSocket plugin listens to. */
function openDoor(app: FastifyInstance, doors: Door[]): Server {
  const server = createServer({ headersTimeout: headersTimeoutMs, requestTimeout: 30_000, keepAliveTimeout: 60_000 }, (request, response) => app.routing(request, response));
  server.maxConnections = maxConnections;
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => app.server.emit('upgrade', request, socket, head));
  doors.push({ server, sockets });
  return server;
}

function listen(server: Server, options: ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options, () => {
    server.off('error', reject);
    resolve();
  });
  return promise;
}

/**
 * Takes no new connections, lets requests that are being answered have their answers, says goodbye on WebSockets, and cuts
 * what is left after a while. Node removes the socket file of a closed server itself.
 */
async function closeAll(app: FastifyInstance, doors: readonly Door[]): Promise<void> {
  const closed = Promise.all(doors.map(({ server }) => new Promise<void>((resolve) => void server.close(() => resolve()))));
  const closeIdle = setInterval(() => doors.forEach(({ server }) => server.closeIdleConnections()), idleLookMs);
  const cut = setTimeout(() => doors.forEach(({ sockets }) => sockets.forEach((socket) => socket.destroy())), goodbyeMs);
  await app.close();
  await closed;
  clearInterval(closeIdle);
  clearTimeout(cut);
}
