import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const commandLine = fileURLToPath(new URL('../../../cli/bin/juqueue.js', import.meta.url));

/** A start that has to outwait a manager on another host takes 35 s by itself. */
const startPatienceMs = 90_000;

/** Files of a definition folder, by their path in it. */
export type DefinitionFiles = Readonly<Record<string, string>>;

/** Whom a manager serves when it is not the user of the test. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** A folder for one test with `defs` and `work` in it, gone with everything it holds afterwards. */
export class TestFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'juqueue-test-'));
  readonly defDir = join(this.path, 'defs');
  readonly workDir = join(this.path, 'work');

  constructor(files: DefinitionFiles) {
    for (const [name, content] of Object.entries(files)) this.define(name, content);
  }

  /** Gives the folder to a user of this machine; needs root. */
  giveTo({ uid, gid }: Identity): void {
    chownSync(this.path, uid, gid);
  }

  define(name: string, content: string): void {
    const file = join(this.defDir, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Puts a file below the work-dir, in a folder that is there. */
  writeBelow(path: string, content: string): void {
    writeFileSync(join(this.workDir, path), content);
  }

  /** A file of the definitions that is a program. */
  makeExecutable(name: string): void {
    chmodSync(join(this.defDir, name), 0o755);
  }

  read(path: string): string {
    return readFileSync(join(this.workDir, path), 'utf8');
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The real program as its own process, serving a test folder. */
export class TestManager implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly url: string;
  readonly token: string;
  #output: () => string;

  private constructor(process: ChildProcess, url: string, token: string, output: () => string) {
    this.process = process;
    this.url = url;
    this.token = token;
    this.#output = output;
  }

  /** Everything it has written to stdout and stderr. */
  get output(): string {
    return this.#output();
  }

  /** Rejects with what it wrote when it ends instead of serving. `wrapper`: a program that becomes the manager by exec. */
  static async start(
    folder: TestFolder,
    args: readonly string[] = [],
    env: NodeJS.ProcessEnv = process.env,
    identity: Partial<Identity> = {},
    wrapper: readonly string[] = [],
  ): Promise<TestManager> {
    const [program = process.execPath, ...before] = [...wrapper, process.execPath, commandLine];
    const child = spawn(program, [...before, '--def-dir', folder.defDir, '--work-dir', folder.workDir, '--port', '0', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...identity,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
    for (const untilMs = Date.now() + startPatienceMs; Date.now() < untilMs; await sleep(20)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the manager ended with ${child.exitCode ?? child.signalCode}:\n${output}`);
      const server = readServer(folder);
      if (server !== null && server.pid === child.pid) return new TestManager(child, server.url, server.token, () => output);
    }
    child.kill('SIGKILL');
    throw new Error(`the manager does not serve:\n${output}`);
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.token}`,
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...init.headers,
    };
    return await fetch(`${this.url}${path}`, { ...init, headers });
  }

  async json<T>(path: string): Promise<T> {
    const response = await this.request(path);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Waits until the answer of `path` satisfies the condition; rejects with the last answer. */
  async until<T>(path: string, holds: (answer: T) => boolean, patienceMs = 30_000): Promise<T> {
    const untilMs = Date.now() + patienceMs;
    for (;;) {
      const answer = await this.json<T>(path);
      if (holds(answer)) return answer;
      if (Date.now() > untilMs) throw new Error(`not within ${patienceMs} ms: ${JSON.stringify(answer)}\n${this.output}`);
      await sleep(25);
    }
  }

  /** Ends it by this signal and answers its exit code; null when the signal killed it. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    this.process.kill(signal);
    await once(this.process, 'exit');
    return this.process.exitCode;
  }

  /** An orderly end takes local nodes and their runs along. */
  async [Symbol.asyncDispose](): Promise<void> {
    const late = setTimeout(() => this.process.kill('SIGKILL'), 30_000);
    await this.end();
    clearTimeout(late);
  }
}

function readServer(folder: TestFolder): { readonly pid: number; readonly url: string; readonly token: string } | null {
  try {
    const { pid, url, secretsDir } = JSON.parse(folder.read('.juqueue/server.json')) as { pid: number; url: string; secretsDir: string };
    return { pid, url, token: readFileSync(join(secretsDir, 'token'), 'utf8').trim() };
  } catch {
    return null;
  }
}
