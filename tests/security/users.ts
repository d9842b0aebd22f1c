import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { juqueue } from '../../packages/cli/test/command-line.ts';
import type { Ended } from '../../packages/cli/test/command-line.ts';
import { TestFolder, TestManager } from '../../packages/testkit/src/manager/test-manager.ts';
import type { DefinitionFiles, Identity } from '../../packages/testkit/src/manager/test-manager.ts';

const projectGroup = 61_500;

/** Whose manager it is. */
export const owner: Identity = { uid: 65_534, gid: projectGroup };
/** Another member of the owner's project group. */
export const colleague: Identity = { uid: 61_002, gid: projectGroup };
/** Another user of the same login node. */
export const stranger: Identity = { uid: 61_003, gid: 61_003 };

/** What a suite is called and whether it is left out: only root can act as other users. */
export function asOtherUsers(title: string): { readonly title: string; readonly skip: boolean } {
  return process.getuid?.() === 0 ? { title, skip: false } : { title: `${title} (skipped: only root can act as other users)`, skip: true };
}

export interface Attempted {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Executes a program as somebody else, without any of our groups. */
export function as(who: Identity, program: string, ...args: readonly string[]): Promise<Attempted> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { ...who, env: { PATH: process.env['PATH'] ?? '' }, cwd: '/', timeout: 20_000, maxBuffer: 64 * 1024 * 1024 },
      (error, out, err) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err });
      },
    );
  });
}

/** A folder that the owner is served from, and a home of his own beside it. With `isShared` the project group may write the former. */
export class OwnersFolder extends TestFolder {
  readonly home = mkdtempSync(join(tmpdir(), 'juqueue-home-'));
  env: Readonly<Record<string, string>>;
  readonly #umask: string;

  constructor(files: DefinitionFiles, isShared: boolean) {
    super(files);
    this.#umask = isShared ? '002' : '022';
    const { XDG_STATE_HOME: _state, XDG_RUNTIME_DIR: _runtime, ...env } = process.env;
    this.env = { ...(env as Record<string, string>), HOME: this.home };
    chownSync(this.home, owner.uid, owner.gid);
    for (const place of ['.', ...readdirSync(this.path, { recursive: true, encoding: 'utf8' })]) {
      const path = join(this.path, place);
      chownSync(path, owner.uid, owner.gid);
      chmodSync(path, statSync(path).isDirectory() ? (isShared ? 0o2775 : 0o755) : isShared ? 0o664 : 0o644);
    }
  }

  /** The owner's manager; who shares a folder has the umask for it. */
  serve(args: readonly string[] = []): Promise<TestManager> {
    return TestManager.start(this, args, this.env, owner, ['bash', '-c', `umask ${this.#umask}; exec "$@"`, 'bash']);
  }

  /** A command of the owner. */
  juqueue(...args: readonly string[]): Promise<Ended> {
    return juqueue(args, { env: this.env, ...owner });
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    rmSync(this.home, { recursive: true, force: true });
  }
}
