import { readdir, readFile } from 'node:fs';
import { inheritedMarkOf, startedAt } from './read-mark.ts';

/** What a process shows of the attempt that it belongs to. */
export interface Marks {
  readonly attemptId: string | null;
  readonly nonce: string | null;
  /** Only of a process without marks in its environment: what it inherited, and when it started (`performance.now()`). */
  readonly inherited: { readonly mark: number; readonly startedAtMs: number } | null;
}

/** So many are read at one time: enough to keep the reads busy, few enough not to hold every thread of the pool. */
const readsAtOnce = 3;

/**
 * The living processes of our user whose marks are wanted, by `/proc/<pid>/environ`. A process that changed its session and
 * parent is found all the same, by what it inherited also one that cleared its environment; zombies and processes of others
 * have no readable environment and are not.
 */
export async function findProcesses(isWanted: (marks: Marks) => boolean): Promise<readonly number[]> {
  const pids = (await listProcesses()).filter((pid) => pid !== process.pid);
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
  const startedAtMs = mark === null ? null : await startedAt(pid);
  return { attemptId, nonce, inherited: mark === null || startedAtMs === null ? null : { mark, startedAtMs } };
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
