import type { RunStatus } from '../parts/status.ts';
import type { ScreenName } from '../routing/address.ts';

/** What the rail leads to. `g` and then `key` leads there too. */
export interface RailItem {
  readonly screen: ScreenName;
  readonly label: string;
  readonly key: string;
  readonly href: string;
  /** Path of the icon in a square of 20. */
  readonly icon: string;
}

/** What search or jump offers. */
export interface PaletteEntry {
  readonly id: string;
  readonly label: string;
  readonly note: string;
  readonly status: RunStatus | null;
  readonly href: string;
}

/** Finds things of the server by words that somebody types. */
export type Find = (words: string) => Promise<readonly PaletteEntry[]>;
