import { readdir, readFile } from 'node:fs/promises';

/** What a start may lack that comes back when others end. */
const scarce: ReadonlyMap<string, string> = new Map([
  ['EAGAIN', 'process'],
  ['ENOMEM', 'memory'],
  ['EMFILE', 'file descriptor'],
  ['ENFILE', 'file descriptor'],
]);

export function isScarcity(errorCode: string): boolean {
  return scarce.has(errorCode);
}

/** The sentence for a start that was tried for so long: what was missing, and for processes how many there are of how many. */
export async function explainScarcity(errorCode: string, triedMs: number): Promise<string> {
  const sentence = `it could not be started: for ${triedMs / 1_000} s this node had no ${scarce.get(errorCode) ?? errorCode} to spare (${errorCode})`;
  if (errorCode !== 'EAGAIN') return sentence;
  const [limit, own] = await Promise.all([processLimit(), ownThreads()]);
  return `${sentence}; our user has ${own} of at most ${limit ?? 'unlimited'} processes and threads here (ulimit -u)`;
}

async function processLimit(): Promise<string | null> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  return /^Max processes +(\d+)/m.exec(limits)?.[1] ?? null;
}

/** Threads count like processes. */
async function ownThreads(): Promise<number> {
  const uid = process.getuid?.();
  let count = 0;
  for (const name of await readdir('/proc').catch(() => [])) {
    const status = /^\d+$/.test(name) ? await readFile(`/proc/${name}/status`, 'utf8').catch(() => '') : '';
    if (Number(/^Uid:\s+(\d+)/m.exec(status)?.[1] ?? -1) === uid) count += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return count;
}
