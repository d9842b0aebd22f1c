import { hostname, userInfo } from 'node:os';
import type { Terminal } from '../output/terminal.ts';
import { managerBundle, requireManagerNode } from '../server/manager-bundle.ts';
import { greeting } from './greeting.ts';
import { allowManyWorkers } from './many-workers.ts';
import { managerOptions } from './serve-options.ts';
import type { ServeOptions } from './serve-options.ts';
import { keepHeapsSmall } from './small-heaps.ts';
import { obeySignals } from './stop-signals.ts';

/** Serves until the manager ends; answers its exit code. */
export async function serve(terminal: Terminal, options: ServeOptions, version: string): Promise<number> {
  requireManagerNode();
  const tell = (sentence: string): void => terminal.err(sentence);
  const wanted = managerOptions(options, version, tell);
  if (options.detach === true) return (await import('./detach.ts')).detach(terminal, wanted);
  keepHeapsSmall();
  allowManyWorkers();
  const { startManager } = await managerBundle();
  const manager = await startManager(wanted);
  obeySignals(manager, tell);
  terminal.out(
    greeting(manager, wanted, { host: hostname(), user: userInfo().username, pid: process.pid, isTerminal: terminal.isOutTerminal }),
  );
  return manager.done;
}
