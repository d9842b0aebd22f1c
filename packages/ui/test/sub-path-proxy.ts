import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Served } from './browser.ts';

/** A proxy as sites have them before programs of their users: everything below `path` goes to the program without it. */
export async function serveBelow(program: Served, path: string): Promise<AsyncDisposable & { readonly url: string }> {
  const { port } = new URL(program.url);
  const inner = (message: IncomingMessage): string => (message.url ?? '/').slice(path.length - 1);
  const server = createServer((incoming, outgoing) => {
    if (!(incoming.url ?? '').startsWith(path)) {
      outgoing.writeHead(404).end();
      return;
    }
    const passed = request({ port, path: inner(incoming), method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket) => {
    const passed = connect(Number(port), '127.0.0.1', () => {
      const headers = incoming.rawHeaders.flatMap((text, index) =>
        index % 2 === 0 ? [`${text}: ${incoming.rawHeaders[index + 1]}\r\n`] : [],
      );
      passed.write(`GET ${inner(incoming)} HTTP/1.1\r\n${headers.join('')}\r\n`);
      passed.pipe(socket);
      socket.pipe(passed);
    });
    for (const end of [socket, passed]) end.on('error', () => end.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
