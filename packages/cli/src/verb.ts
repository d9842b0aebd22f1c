import type { Connection } from './server/connect.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './output/terminal.ts';

/** Options of every command. */
export interface CommonOptions {
  readonly workDir?: string;
  readonly json?: boolean;
}

/** What a command gets to do its work. */
export interface VerbContext {
  readonly terminal: Terminal;
  readonly options: CommonOptions;
  nowMs(): number;
  sleep(durationMs: number): Promise<void>;
  connect(): Promise<Connection>;
}

export type VerbResult = Promise<ExitCode>;

/** One line of JSON, as REST answers it. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value)}\n`);
}
