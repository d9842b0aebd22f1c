import { readdirSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Observation, RunId, Usage } from '@juqueue/core';
import type { RunFiles } from '../launch/run-files.ts';
import type { AttemptName } from '@juqueue/core';
import { parseProgress, readOwnFile } from './own-files-worker.ts';

/** What a program writes at its start is no sign that it saves its work. */
const firstMinuteMs = 60_000;

/** The run's folder is looked at this seldom, and so many of its entries: a metadata server serves everybody. */
const folderEveryMs = 30_000;
const folderEntriesMax = 1_000;

/** Watches what one attempt writes, and says something only when it has changed. */
export class RunObserver {
  readonly files: RunFiles;
  readonly logLimitBytes: number;
  readonly #run: RunId;
  readonly #startedAtMs: number;
  #last: Observation;
  #folderReadAtMs = 0;

  constructor(name: AttemptName, files: RunFiles, startedAtMs: number, logLimitBytes: number) {
    this.files = files;
    this.logLimitBytes = logLimitBytes;
    this.#run = name.run;
    this.#startedAtMs = startedAtMs;
    this.#last = { attempt: name.attempt, progress: null, progressText: null, checkpointAtMs: null, fileChangedAtMs: null };
  }

  /** Null when nothing has changed since the last look. `usage`: what it used so far; null before the first sample. */
  look(usage: Usage | null = null): { readonly run: RunId; readonly observation: Observation } | null {
    const file = readOwnFile(this.files.progress);
    const progress = file === null ? null : parseProgress(file.text);
    const observation: Observation = {
      attempt: this.#last.attempt,
      progress: progress?.progress ?? this.#last.progress,
      progressText: progress === null ? this.#last.progressText : progress.text,
      checkpointAtMs: changedAt(this.files.checkpoint) ?? this.#last.checkpointAtMs,
      fileChangedAtMs: this.#newestChange() ?? this.#last.fileChangedAtMs,
      ...(usage === null ? {} : { usage }),
    };
    if (JSON.stringify(observation) === JSON.stringify(this.#last)) return null;
    this.#last = observation;
    return { run: this.#run, observation };
  }

  /** The newest change of a regular file of the run's folder after the first minute; null when there is none to tell. */
  #newestChange(): number | null {
    const nowMs = Date.now();
    const countsFromMs = this.#startedAtMs + firstMinuteMs;
    if (nowMs < countsFromMs || nowMs - this.#folderReadAtMs < folderEveryMs) return null;
    this.#folderReadAtMs = nowMs;
    try {
      const names = readdirSync(this.files.directory, { withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.startsWith('juqueue-run.json'))
        .slice(0, folderEntriesMax)
        .map((entry) => entry.name);
      const newest = Math.max(...names.map((name) => changedAt(join(this.files.directory, name)) ?? 0));
      return newest >= countsFromMs ? newest : null;
    } catch {
      return null;
    }
  }
}

function changedAt(path: string): number | null {
  try {
    return Math.floor(lstatSync(path).mtimeMs);
  } catch {
    return null;
  }
}
