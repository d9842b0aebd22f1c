import { readdir, readFile } from 'node:fs';
import { inheritedMarkOf, startTicksOf } from './read-mark.ts';

/** What a process shows of the attempt that it belongs to. */
export interface Marks {
  readonly attemptId: string | null;
  readonly nonce: string | null;
  /** Only of a process without marks in its environment: what it inherited, and when it started. */
  readonly inherited: { readonly mark: number; readonly startTicks: number } | null;
}

/** So many are read at one time: enough to keep the reads busy, few enough not to hold every thread of the pool. */
const readsAtOnce = 3;

/**
 * The living processes of our user whose marks are wanted, by `/proc/<pid>/environ`. A process that changed its session and
 * parent is found all the same, by what it inherited also one that cleared its environment; zombies and processes of others
 * have no readable environment and are not. Who started before `sinceTicks` is not looked at: on a machine with
 * hundreds of processes their environments cost more than everything else about a short run.
 */
export async function findProcesses(isWanted: (marks: Marks) => boolean, sinceTicks = 0): Promise<readonly number[]> {
  const pids = (await listProcesses()).filter(
    (pid) => pid !== process.pid && (sinceTicks === 0 || (startTicksOf(pid) ?? -1) >= sinceTicks),
  );
  const found: number[] = [];
  let next = 0;
  const readOn = async (): Promise<void> => {
    for (let pid = pids[next++]; pid !== undefined; pid = pids[next++]) {
      const environ = await readEnviron(pid);
      if (environ !== null && isWanted(await marksOf(pid, environ))) found.push(pid);
    }
  };
  await Promise.all(Array.from({ length: readsAtOnce }, readOn));
  return found;
}

async function marksOf(pid: number, environ: Buffer): Promise<Marks> {
  const attemptId = valueOf(environ, attemptMark);
  const nonce = valueOf(environ, nonceMark);
  if (attemptId !== null || nonce !== null) return { attemptId, nonce, inherited: null };
  const mark = await inheritedMarkOf(pid);
  const startTicks = mark === null ? null : startTicksOf(pid);
  return { attemptId, nonce, inherited: mark === null || startTicks === null ? null : { mark, startTicks } };
}

const attemptMark = Buffer.from('JUQUEUE_ATTEMPT_ID=');
const nonceMark = Buffer.from('JUQUEUE_NONCE=');

function valueOf(environ: Buffer, mark: Buffer): string | null {
  let at = environ.indexOf(mark);
  while (at > 0 && environ[at - 1] !== 0) at = environ.indexOf(mark, at + 1);
  if (at === -1) return null;
  const end = environ.indexOf(0, at);
  return environ.toString('latin1', at + mark.length, end === -1 ? environ.length : end);
}

function listProcesses(): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    readdir('/proc', (error, names) => {
      if (error !== null) reject(error);
      else resolve(names.map(Number).filter(Number.isInteger));
    });
  });
}

function readEnviron(pid: number): Promise<Buffer | null> {
  return new Promise((resolve) => {
    readFile(`/proc/${pid}/environ`, (error, content) => resolve(error === null ? content : null));
  });
}
