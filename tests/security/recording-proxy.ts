import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export type Direction = 'up' | 'down';

/** Somebody on the network between a node and its manager: hears everything, and may change it. */
export class RecordingProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What went to the manager, by connection. */
  readonly recorded: Record<Direction, Buffer[]> = { up: [], down: [] };
  connections = 0;
  /** One bit of the next piece in this direction is turned over. */
  tampers: Direction | null = null;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<RecordingProxy> {
    const server = createServer();
    const proxy = new RecordingProxy(server);
    server.on('connection', (near) => {
      proxy.connections += 1;
      const far = connect(port, '127.0.0.1');
      proxy.#pass(near, far, 'up');
      proxy.#pass(far, near, 'down');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Everything that was heard so far, both ways. */
  get heard(): Buffer {
    return Buffer.concat([...this.recorded.up, ...this.recorded.down]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(from: Socket, to: Socket, direction: Direction): void {
    this.#sockets.add(from);
    from.on('data', (bytes: Buffer) => {
      this.recorded[direction].push(Buffer.from(bytes));
      if (this.tampers === direction) {
        this.tampers = null;
        const last = bytes.length - 1;
        bytes.writeUInt8(bytes.readUInt8(last) ^ 1, last);
      }
      to.write(bytes);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
}
