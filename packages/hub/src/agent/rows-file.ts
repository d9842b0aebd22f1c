import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hubExperiment, jsonLinesExtension } from '@juqueue/core';
import type { HubDefinition } from '@juqueue/core';
import { definitionText } from './job-row.ts';
import { replaceFile } from './stage-job.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * The definition file of the agent's experiment: a row for each job attempt that has not been reported. It is written as a whole;
 * changes that come while it is written go into the next writing together.
 */
export class RowsFile {
  readonly #folder: string;
  readonly #hub: HubDefinition;
  readonly #rows = new Map<string, Row>();
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #written: string | null = null;

  constructor(defDir: string, hub: HubDefinition) {
    this.#folder = join(defDir, 'experiments');
    this.#hub = hub;
  }

  /** Resolves when the file has the row. */
  async put(run: string, row: Row): Promise<void> {
    this.#rows.set(run, row);
    await this.#write();
  }

  /** Resolves when the file does not have it any more. */
  async remove(run: string): Promise<void> {
    if (this.#rows.delete(run)) await this.#write();
  }

  /** What the file has to say when the agent starts: exactly these rows. */
  async begin(rows: ReadonlyMap<string, Row>): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    for (const [run, row] of rows) this.#rows.set(run, row);
    await this.#write();
  }

  /** The writing that has every change until now; it begins when the present one has ended. */
  #write(): Promise<void> {
    this.#next ??= this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        this.#writing = this.#writeNow();
        return this.#writing;
      });
    return this.#next;
  }

  async #writeNow(): Promise<void> {
    const text = definitionText(hubExperiment(this.#hub), this.#hub, [...this.#rows.values()]);
    if (text === this.#written) return;
    await replaceFile(this.#folder, `${hubExperiment(this.#hub)}${jsonLinesExtension}`, text);
    this.#written = text;
  }
}
