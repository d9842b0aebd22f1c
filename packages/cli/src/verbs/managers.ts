import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import { knownManagers } from '../server/known-managers.ts';
import type { KnownManager } from '../server/known-managers.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/** The managers that this account has, on this host and on others. Asks none of them. */
export async function managers({ terminal, options }: VerbContext): VerbResult {
  const known = await knownManagers();
  if (options.json === true) {
    printJson(terminal, {
      managers: known.map(({ workDir, record: { version, host, pid, url }, state }) => ({ workDir, host, pid, url, version, state })),
    });
    return exitCodes.ok;
  }
  if (known.length === 0) terminal.err('This account has no managers.');
  else
    terminal.out(
      table(
        ['WORK-DIR', 'HOST', '>PID', 'STATE'],
        known.map(({ workDir, record, state }) => [workDir, record.host, String(record.pid), stateText(record.host, state)]),
      ),
    );
  return exitCodes.ok;
}

function stateText(host: string, state: KnownManager['state']): string {
  switch (state) {
    case 'alive':
      return 'runs';
    case 'dead':
      return 'has died; start it again to go on';
    case 'elsewhere':
      return `on another host: ssh ${host}`;
  }
}
