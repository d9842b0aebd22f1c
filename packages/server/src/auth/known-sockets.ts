import type { Socket } from 'node:net';

const known = new WeakSet<Socket>();

/** A request with a valid token came on this connection: it is not given up for a newer one. */
export function markKnown(socket: Socket): void {
  known.add(socket);
}

/**
 * Makes room when more connections are open than `most`: the oldest of those on which nobody has shown a token goes. So
 * strangers who hold connections open keep only each other out.
 */
export function makeRoom(sockets: ReadonlySet<Socket>, most: number): void {
  if (sockets.size <= most) return;
  const newest = [...sockets].at(-1);
  for (const socket of sockets) {
    if (known.has(socket) && socket !== newest) continue;
    socket.destroy();
    return;
  }
}
