import { readdirSync, readFileSync } from 'node:fs';

/** Ids of all processes of this machine whose command line or environment names `text`. */
export function processesThatName(text: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => namesText(pid, 'cmdline', text) || namesText(pid, 'environ', text))
    .map(Number);
}

function namesText(pid: string, file: string, text: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(text);
  } catch {
    return false;
  }
}
