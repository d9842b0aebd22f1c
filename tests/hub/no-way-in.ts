import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Why there can be no such place here; null when there can. */
export function noWayInTrouble(): string | null {
  try {
    execFileSync('unshare', ['--net', 'iptables', '-L'], { stdio: 'ignore' });
  } catch {
    return 'network namespaces with iptables cannot be made here';
  }
  return process.getuid?.() === 0 ? null : 'only root gives a network namespace its line outwards';
}

/** A network of its own into which nothing comes but answers. `outside` is this machine as it is seen from there. */
export class NoWayIn implements Disposable {
  readonly outside: string;
  readonly inside: string;
  readonly #name = `jq${process.pid}`;

  constructor() {
    const third = process.pid % 250;
    [this.outside, this.inside] = [`10.231.${third}.1`, `10.231.${third}.2`];
    const [near, far] = [`${this.#name}a`, `${this.#name}b`];
    ip('netns', 'add', this.#name);
    try {
      ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', this.#name);
      ip('addr', 'add', `${this.outside}/30`, 'dev', near);
      ip('link', 'set', near, 'up');
      const within = (...args: readonly string[]) => ip('netns', 'exec', this.#name, ...args);
      within('ip', 'addr', 'add', `${this.inside}/30`, 'dev', far);
      within('ip', 'link', 'set', far, 'up');
      within('iptables', '-P', 'INPUT', 'DROP');
      within('iptables', '-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'ESTABLISHED', '-j', 'ACCEPT');
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** A program that is there; it ends when it is disposed of. */
  start(program: string, args: readonly string[]): AsyncDisposable {
    const child: ChildProcess = spawn('ip', ['netns', 'exec', this.#name, program, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    return {
      [Symbol.asyncDispose]: async () => {
        if (child.exitCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await Promise.race([ended, sleep(10_000)]);
      },
    };
  }

  /** Whether something here can be connected to from outside. */
  async lets(port: number): Promise<boolean> {
    const tried = spawn('nc', ['-z', '-w', '1', this.inside, String(port)], { stdio: 'ignore' });
    return (await new Promise((resolve) => tried.once('close', resolve).once('error', () => resolve(1)))) === 0;
  }

  [Symbol.dispose](): void {
    ip('netns', 'del', this.#name);
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}
