import type { Server } from 'node:http';
import type { ListenOptions, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { makeRoom } from '../auth/known-sockets.ts';
import { WorkerCalls, workerFile } from '@juqueue/core';
import type { SocketFilesFunctions } from './socket-files-worker.ts';
import { maxSocketPathBytes, unixSocketPath } from './unix-socket-path.ts';
import type { SocketSurroundings } from './unix-socket-path.ts';

const { createServer } = process.getBuiltinModule('node:http');

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
    throw new JuqueueError(
      'JQ_BAD_REQUEST',
      `The path of the unix socket is ${Buffer.byteLength(path)} bytes long, at most ${maxSocketPathBytes} are possible: ${path}`,
      'Name a shorter one with --unix-socket.',
    );
  }
  await files.call('removeStale', path);
  const door = createDoor(app);
  doors.push(door);
  await listen(door.server, { path });
  await files.call('makePrivate', path);
  return path;
}

async function defaultSocketPath(wishes: ListenWishes, files: WorkerCalls<SocketFilesFunctions>): Promise<string> {
  const { path, folder } = unixSocketPath(wishes);
  await files.call('prepareFolder', folder);
  return path;
}

async function openPort(app: FastifyInstance, wanted: number, wishes: ListenWishes, doors: Door[]): Promise<number> {
  const addresses = addressesOf(wishes.listen);
  for (let tries = 0; tries <= portsToTry && wanted + tries <= 65_535; tries += 1) {
    const opened = await openAddresses(app, addresses, wanted === 0 ? 0 : wanted + tries, doors);
    if (opened === null) continue;
    if (wanted !== 0 && opened !== wanted) wishes.tell(`Port ${wanted} is taken by another program; this server is on port ${opened}.`);
    return opened;
  }
  throw new JuqueueError(
    'JQ_PORT_TAKEN',
    `Ports ${wanted} to ${Math.min(wanted + portsToTry, 65_535)} are all taken.`,
    'Name another one with --port, or -1 for none.',
  );
}

/**
 * Where one port has to be opened: as wished, and wherever `localhost` leads. A name has two loopback addresses, and whoever
 * held the other one would be given the token of everybody who opens our link or forwards our port.
 */
function addressesOf(listen: string): readonly string[] {
  if (listen === '::') return ['::'];
  if (listen === '0.0.0.0') return ['0.0.0.0', '::1'];
  return [...new Set([listen === 'localhost' ? '127.0.0.1' : listen, '127.0.0.1', '::1'])];
}

/** The port, the same at all addresses; null when somebody has it at one of them. A machine without IPv6 has no second loopback. */
async function openAddresses(app: FastifyInstance, addresses: readonly string[], wanted: number, doors: Door[]): Promise<number | null> {
  const own: Door[] = [];
  let port = wanted;
  for (const host of addresses) {
    const door = createDoor(app);
    try {
      await listen(door.server, { port, host });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (host === '::1' && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue;
      for (const { server } of own) server.close();
      if (code === 'EADDRINUSE') return null;
      throw new JuqueueError(
        'JQ_PORT_TAKEN',
        `Port ${wanted} of ${host} cannot be opened: ${String(error)}.`,
        'Name another one with --port, or -1 for none.',
      );
    }
    own.push(door);
    const address = door.server.address();
    if (typeof address === 'object' && address !== null) port = address.port;
  }
  doors.push(...own);
  return port;
}

/** A server in front of the app. Upgrades are passed on to the one server that the WebSocket plugin listens to. */
function createDoor(app: FastifyInstance): Door {
  const server = createServer({ headersTimeout: headersTimeoutMs, requestTimeout: 30_000, keepAliveTimeout: 60_000 }, (request, response) =>
    app.routing(request, response),
  );
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    makeRoom(sockets, maxConnections);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => app.server.emit('upgrade', request, socket, head));
  return { server, sockets };
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
