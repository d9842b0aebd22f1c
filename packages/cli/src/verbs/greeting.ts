import type { ManagerOptions, RunningManager } from '@juqueue/server';

export interface GreetingPlace {
  readonly host: string;
  readonly user: string;
  readonly pid: number;
  /** The token is printed to a terminal only: files and pipes are read by others. */
  readonly isTerminal: boolean;
}

/** What a started manager prints: where it is, how to open it, how to reach it from elsewhere. */
export function greeting(manager: RunningManager, options: ManagerOptions, place: GreetingPlace): string {
  const { url, socketPath, token } = manager;
  const port = url === null ? null : new URL(url).port;
  const lines = [`JuQueue ${options.version}  work-dir ${options.workDir}  pid ${place.pid} on ${place.host}`];
  if (url !== null) lines.push(`  open    ${place.isTerminal ? `${url}/#token=${token}` : url}   (also: juqueue open)`);
  if (port !== null)
    lines.push(
      `  tunnel  ssh -N -L ${port}:${socketPath} ${place.user}@${place.host}`,
      `          or, where sockets are not forwarded: ssh -N -L ${port}:localhost:${port} ${place.user}@${place.host}`,
    );
  else lines.push(`  socket  ${socketPath}`, `  tunnel  ssh -N -L 51234:${socketPath} ${place.user}@${place.host}`);
  if (url !== null) lines.push(`  docs    ${url}/docs`);
  return `${lines.join('\n')}\n`;
}
