import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readSync, renameSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadSegment } from './journal-worker-chain.ts';
import type { JournalDamage } from './journal-protocol.ts';
import { segmentNamePattern } from './journal-format.ts';
import { syncFolder } from './journal-worker-writer.ts';

/**
 * Moves everything from the damage on out of the journal's way, under names that it does not read, and answers these
 * names. Copies come before cuts and newer files before older ones: interrupted at any point, the next try goes on.
 */
export function setAsideDamage(directory: string, segments: readonly ReadSegment[], damage: JournalDamage): readonly string[] {
  const setAside: string[] = [];
  const lastGood = segments.at(-1);
  const cut = lastGood?.name === damage.segment ? lastGood : null;
  if (cut !== null) setAside.push(copyRemainder(directory, cut.name, damage.offset));
  const behind = readdirSync(directory).filter(
    (name) => segmentNamePattern.test(name) && (lastGood === undefined ? name >= damage.segment : name > lastGood.name),
  );
  for (const name of behind.sort().reverse()) {
    const aside = freeName(directory, name);
    renameSync(join(directory, name), join(directory, aside));
    setAside.push(aside);
  }
  if (cut !== null) truncateSync(join(directory, cut.name), damage.offset);
  syncFolder(directory);
  return setAside;
}

function copyRemainder(directory: string, name: string, offset: number): string {
  const aside = freeName(directory, `${name}.from-${offset}`);
  const from = openSync(join(directory, name), 'r');
  const to = openSync(join(directory, aside), 'wx', 0o600);
  try {
    const bytes = Buffer.allocUnsafe(1 << 20);
    for (let at = offset; ;) {
      const count = readSync(from, bytes, 0, bytes.length, at);
      if (count === 0) break;
      for (let written = 0; written < count;) written += writeSync(to, bytes, written, count - written);
      at += count;
    }
    fsyncSync(to);
  } finally {
    closeSync(from);
    closeSync(to);
  }
  return aside;
}

function freeName(directory: string, name: string): string {
  for (let number = 1; ; number++) {
    const aside = `${name}${number === 1 ? '' : `.${number}`}.set-aside`;
    if (!existsSync(join(directory, aside))) return aside;
  }
}
