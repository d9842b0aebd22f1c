import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AllocationId } from '@juqueue/core';
import { workDirPaths } from '@juqueue/core';
import type { LocalRecord } from './local-record.ts';

/** Ended nodes stay on record so long, for managers that were away. */
const keptMs = 24 * 3_600_000;

/** The records of all local nodes of a work-dir, each a file that is replaced as a whole. */
export class LocalRecords {
  readonly #folder: string;

  constructor(workDir: string) {
    this.#folder = join(workDir, workDirPaths.localAllocations);
  }

  /** Path of a file that belongs to this allocation, like its config or log. */
  path(allocation: AllocationId, ending: 'json' | 'config.json' | 'log'): string {
    return join(this.#folder, `${allocation}.${ending}`);
  }

  all(): readonly LocalRecord[] {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    return readdirSync(this.#folder)
      .filter((name) => name.endsWith('.json') && !name.endsWith('.config.json'))
      .flatMap((name) => this.#read(join(this.#folder, name)) ?? []);
  }

  write(record: LocalRecord): void {
    this.writePrivate(this.path(record.allocation, 'json'), JSON.stringify(record));
  }

  /** Readable by us alone from its first byte on. */
  writePrivate(path: string, content: string): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const temporary = `${path}.new`;
    const fd = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(fd, content);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  }

  forgetOld(nowMs: number): void {
    for (const { allocation, endedAtMs } of this.all()) {
      if (endedAtMs === null || nowMs - endedAtMs < keptMs) continue;
      for (const ending of ['json', 'config.json', 'log'] as const) rmSync(this.path(allocation, ending), { force: true });
    }
  }

  #read(path: string): LocalRecord | null {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as LocalRecord;
    } catch {
      return null;
    }
  }
}
