import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { ListenOptions } from 'node:net';
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

/** After a taken port as many following ones are tried. */
const portsToTry = 50;
/** Clients that send nothing must not hold a socket: headers within 10 s. */
const headersTimeoutMs = 10_000;
const maxConnections = 512;

/** Opens the unix socket (mode 0600) and, unless unwanted, a TCP port, both in front of the same routes. */
export async function openListeners(app: FastifyInstance, wishes: ListenWishes): Promise<Listeners> {
  await app.ready();
  const servers: Server[] = [];
  try {
    const socketPath = await openUnixSocket(app, wishes, servers);
    const port = wishes.port === null ? null : await openPort(app, wishes.port, wishes, servers);
    return { port, socketPath, [Symbol.asyncDispose]: () => closeAll(servers) };
  } catch (error) {
    await closeAll(servers);
    throw error;
  }
}

async function openUnixSocket(app: FastifyInstance, wishes: ListenWishes, servers: Server[]): Promise<string> {
  await using files = new WorkerCalls<SocketFilesFunctions>(workerFile('socket-files-worker', import.meta.url));
  const path = wishes.unixSocket ?? (await defaultSocketPath(wishes, files));
  if (Buffer.byteLength(path) > maxSocketPathBytes) {
    throw new JuqueueError('JQ_BAD_REQUEST', `The path of the unix socket is ${Buffer.byteLength(path)} bytes long, at most ${maxSocketPathBytes} are possible: ${path}`, 'Name a shorter one with --unix-socket.');
  }
  await files.call('removeStale', path);
  const server = serve(app, servers);
  await listen(server, { path });
  await files.call('makePrivate', path);
  return path;
}

async function defaultSocketPath(wishes: ListenWishes, files: WorkerCalls<SocketFilesFunctions>): Promise<string> {
  const { path, folder } = unixSocketPath(wishes);
  await files.call('prepareFolder', folder);
  return path;
}

async function openPort(app: FastifyInstance, wanted: number, wishes: ListenWishes, servers: Server[]): Promise<number> {
  const last = wanted === 0 ? 0 : Math.min(wanted + portsToTry, 65_535);
  for (let port = wanted; port <= last; port += 1) {
    const server = serve(app, servers);
    try {
      await listen(server, { port, host: wishes.listen });
    } catch (error) {
      servers.pop();
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
function serve(app: FastifyInstance, servers: Server[]): Server {
  const server = createServer({ headersTimeout: headersTimeoutMs, requestTimeout: 30_000, keepAliveTimeout: 60_000 }, (request, response) => app.routing(request, response));
  server.maxConnections = maxConnections;
  server.on('upgrade', (request, socket, head) => app.server.emit('upgrade', request, socket, head));
  servers.push(server);
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

/** Node removes the socket file of a closed server itself. */
async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map((server) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      return promise;
    }),
  );
}
