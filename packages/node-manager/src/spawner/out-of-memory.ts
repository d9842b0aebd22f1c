import { readFile } from 'node:fs/promises';

/**
 * Counts how often the kernel has killed for memory in our control group. A SIGKILL that we did not send, together with
 * a counter that rose, is most likely the kernel's; where the counter cannot be read, nothing is guessed.
 */
export class OutOfMemoryWatch {
  #seen: number | null = null;

  async start(): Promise<void> {
    this.#seen = await readKills();
  }

  async hasRisen(): Promise<boolean> {
    const before = this.#seen;
    const now = await readKills();
    this.#seen = now;
    return before !== null && now !== null && now > before;
  }
}

async function readKills(): Promise<number | null> {
  for (const file of await counterFiles()) {
    const content = await readFile(file, 'utf8').catch(() => '');
    const kills = /^oom_kill (\d+)$/m.exec(content)?.[1];
    if (kills !== undefined) return Number(kills);
  }
  return null;
}

/** Version 2 of control groups first, then the memory controller of version 1. */
async function counterFiles(): Promise<readonly string[]> {
  const groups = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  const unified = /^0::(.*)$/m.exec(groups)?.[1];
  const memory = /^\d+:memory:(.*)$/m.exec(groups)?.[1];
  return [
    ...(unified === undefined ? [] : [`/sys/fs/cgroup${unified}/memory.events`]),
    ...(memory === undefined ? [] : [`/sys/fs/cgroup/memory${memory}/memory.oom_control`]),
  ];
}
