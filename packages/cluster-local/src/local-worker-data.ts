export interface LocalWorkerData {
  readonly workDir: string;
  /** The NodeManager's program: the bundle, or its source. */
  readonly program: string;
  readonly linkKeyFile: string;
  readonly environment: 'inherit' | 'clean';
  readonly graceMs: number;
}
