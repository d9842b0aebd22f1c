import { ApiClient, NoAnswer } from '@juqueue/client';
import type { Transport } from '@juqueue/client';
import { nodeTransport } from '@juqueue/client/node';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { isAlive } from './known-managers.ts';
import { findServer, startHint } from './server-record.ts';
import type { FoundServer } from './server-record.ts';

export interface Connection extends FoundServer {
  readonly client: ApiClient;
}

/** A client of the manager that is meant, over its unix socket: that works whatever became of its port. */
export async function connect(workDirOption: string | undefined): Promise<Connection> {
  const found = await findServer(workDirOption);
  const transport = nodeTransport({ kind: 'socket', path: found.record.socketPath });
  const explaining: Transport = (request) =>
    transport(request).catch((error: unknown) => {
      throw error instanceof NoAnswer ? notAnswering(found, error) : error;
    });
  return { ...found, client: new ApiClient(explaining, found.token) };
}

function notAnswering({ workDir, record: { pid, defDir } }: FoundServer, { message }: NoAnswer): CommandError {
  if (isAlive(pid))
    return new CommandError(
      exitCodes.noServer,
      'JQ_NO_SERVER',
      `The manager of ${workDir} is process ${pid}, but there is ${message}.`,
      `What it does stands in ${workDir}/logs/juqueue.log`,
    );
  return new CommandError(
    exitCodes.noServer,
    'JQ_NO_SERVER',
    `No manager runs for ${workDir}: its process ${pid} has ended. What its nodes execute goes on.`,
    startHint(workDir, defDir),
  );
}
