import type { Run } from '@juqueue/client';
import type { Tint } from './terminal.ts';

export const statusTint: Readonly<Record<Run['status'], Tint>> = {
  inactive: 'dim',
  ready: 'yellow',
  running: 'cyan',
  finished: 'green',
  failed: 'red',
};
