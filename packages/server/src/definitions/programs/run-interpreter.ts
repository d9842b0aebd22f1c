import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Interpreter, InterpreterLimits } from './interpreters.ts';
import type { EvaluationOrder, ProgramMessage } from './program-messages.ts';

/** How an interpreter's life ended. `lastWords` is the last line that it wrote to stderr. */
export type InterpreterEnd =
  | { readonly kind: 'not-started'; readonly because: string }
  | { readonly kind: 'unusable'; readonly message: string }
  | { readonly kind: 'ended'; readonly how: string; readonly lastWords: string }
  | { readonly kind: 'too-slow'; readonly lastWords: string };

/** Seconds of processor time for each second that a file may take: libraries use several threads when they load. */
const processorSecondsPerSecond = 4;
/** Exit code of env and shells for a program that is not there or may not be executed. */
const notFoundCodes: readonly (number | null)[] = [126, 127];
const lastWordsMax = 300;
const stderrKept = 16 * 1024;

/**
 * Runs one interpreter on these files and tells what it says, message by message. It is killed when one file takes longer
 * than its time; `prlimit` bounds its memory, and its processor time for the case that nobody is left to kill it.
 */
export async function runInterpreter(
  interpreter: Interpreter,
  order: EvaluationOrder,
  limits: InterpreterLimits,
  tell: (message: ProgramMessage) => void,
): Promise<InterpreterEnd> {
  const processorSeconds = Math.ceil((limits.timeMs / 1_000) * processorSecondsPerSecond * order.files.length);
  const bounds = [`--cpu=${processorSeconds}`, ...(interpreter.dataBytes === null ? [] : [`--data=${interpreter.dataBytes}`]), '--core=0'];
  const child = spawn('prlimit', [...bounds, '--', ...interpreter.argv], {
    cwd: order.defDir,
    env: environment(),
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const messages = child.stdio[3] as Readable | null | undefined;
  const lines = messages == null ? null : createInterface({ input: messages, crlfDelay: Infinity });
  let isTooSlow = false;
  let unusable: string | null = null;
  const timer = setTimeout(() => {
    isTooSlow = true;
    killGroup(child);
    lines?.close();
    // Whoever else holds their other ends is not waited for.
    messages?.destroy();
    child.stderr?.destroy();
  }, limits.timeMs);
  const words = collectLastWords(child.stderr);
  const closed = new Promise<{ readonly code: number | null; readonly signal: string | null } | Error>((resolve) => {
    child.once('error', resolve);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(JSON.stringify(order));
  for await (const line of lines ?? []) {
    const message = JSON.parse(line) as ProgramMessage;
    if (message.kind === 'begin') timer.refresh();
    if (message.kind === 'unusable') unusable = message.message;
    tell(message);
  }
  const end = await closed;
  clearTimeout(timer);
  if (end instanceof Error) return { kind: 'not-started', because: end.message };
  if (unusable !== null) return { kind: 'unusable', message: unusable };
  if (isTooSlow) return { kind: 'too-slow', lastWords: words() };
  if (notFoundCodes.includes(end.code)) return { kind: 'not-started', because: words() };
  return { kind: 'ended', how: end.signal === null ? `exit code ${end.code}` : end.signal, lastWords: words() };
}

/** The manager's own, without what would change how an interpreter starts. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, PYTHONSTARTUP, ...rest } = process.env;
  return rest;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function collectLastWords(stream: Readable | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (piece: string) => (text = (text + piece).slice(-stderrKept)));
  return () => {
    const lines = text.trimEnd().split('\n');
    // Below this line Node lists addresses of its own.
    const fatal = lines.find((line) => line.startsWith('FATAL ERROR'));
    return (fatal ?? lines.at(-1) ?? '').slice(0, lastWordsMax);
  };
}
