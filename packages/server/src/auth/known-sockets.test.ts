import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { expect, test } from 'vitest';
import { makeRoom, markKnown } from './known-sockets.ts';

test('when too many connections are open the oldest stranger goes, never who has shown a token, and a new one always gets in', async () => {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    if (open.size <= 2) markKnown(socket);
    socket.once('close', () => open.delete(socket));
    makeRoom(open, 4);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clients: Socket[] = [];
  for (let i = 0; i < 8; i += 1) {
    const client = connect(port, '127.0.0.1').resume();
    clients.push(client);
    await once(client, 'connect');
    await expect.poll(() => open.size).toBeLessThanOrEqual(4);
  }
  await expect.poll(() => clients.map(({ closed }) => closed)).toEqual([false, false, true, true, true, true, false, false]);
  for (const client of clients) client.destroy();
  server.close();
});
