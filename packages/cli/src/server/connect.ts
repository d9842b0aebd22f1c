import { ApiClient } from '@juqueue/client';
import { nodeTransport } from '@juqueue/client/node';
import { findServer } from './server-record.ts';
import type { FoundServer } from './server-record.ts';

export interface Connection extends FoundServer {
  readonly client: ApiClient;
}

/** A client of the manager that is meant, over its unix socket: that works whatever became of its port. */
export async function connect(workDirOption: string | undefined): Promise<Connection> {
  const found = await findServer(workDirOption);
  return { ...found, client: new ApiClient(nodeTransport({ kind: 'socket', path: found.record.socketPath }), found.token) };
}
