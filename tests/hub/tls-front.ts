import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';

export interface TlsFront extends AsyncDisposable {
  readonly url: string;
  /** Its certificate, which no authority of the system has signed. */
  readonly caFile: string;
}

/** Speaks TLS for a plain hub at an address of this machine. */
export async function tlsFront(folder: string, address: string, hubUrl: string): Promise<TlsFront> {
  const [key, cert] = [join(folder, 'front.key'), join(folder, 'front.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    ...curve,
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=a test',
    '-addext',
    `subjectAltName=IP:${address}`,
    '-keyout',
    key,
    '-out',
    cert,
  ]);
  const { hostname, port } = new URL(hubUrl);
  const sockets = new Set<Socket>();
  const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (socket) => {
    const hub = connect(Number(port), hostname);
    for (const each of [socket, hub]) {
      sockets.add(each);
      each.on('error', () => undefined).on('close', () => [socket, hub].map((end) => end.destroy()));
    }
    socket.pipe(hub).pipe(socket);
  });
  server.listen(0, address);
  await once(server, 'listening');
  return {
    url: `https://${address}:${(server.address() as AddressInfo).port}`,
    caFile: cert,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
