import { userInfo } from 'node:os';
import { exitCodes } from '../exit-codes.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/** The lines that forward the interface to the computer in front of you; the first needs no TCP port of the manager. */
export async function tunnel(context: VerbContext): VerbResult {
  const { client, record } = await context.connect();
  await client.call('getHealth', {});
  const port = record.url === null ? '51234' : new URL(record.url).port;
  const login = `${userInfo().username}@${record.host}`;
  const bySocket = `ssh -N -L ${port}:${record.socketPath} ${login}`;
  const byPort = record.url === null ? null : `ssh -N -L ${port}:localhost:${port} ${login}`;
  if (context.options.json === true) printJson(context.terminal, { bySocket, byPort, url: `http://localhost:${port}` });
  else context.terminal.out(`${bySocket}\n${byPort === null ? '' : `${byPort}\n`}`);
  if (context.options.json !== true)
    context.terminal.err(
      `Run ${byPort === null ? 'it' : 'one of them'} on your computer, then open http://localhost:${port}; juqueue token prints the token that it asks for.`,
    );
  return exitCodes.ok;
}
