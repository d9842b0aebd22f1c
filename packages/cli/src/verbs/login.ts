import { spawn } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/**
 * The token of the running manager, for scripts: Authorization: Bearer $(juqueue token). With `readOnly` the one that reads
 * everything and changes nothing, to be given to colleagues. With `rotate` a new one (without `readOnly`: both are new), and
 * the old one opens nothing any more.
 */
export async function token(context: VerbContext, options: { readonly readOnly?: boolean; readonly rotate?: boolean } = {}): VerbResult {
  const found = await context.connect();
  if (options.rotate === true)
    await found.client.call('rotateTokens', { body: { tokens: options.readOnly === true ? ['read-only'] : ['full', 'read-only'] } });
  else await found.client.call('getHealth', {});
  const file = options.readOnly === true ? 'token-read-only' : 'token';
  const printed = (await readFile(join(found.record.secretsDir, file), 'utf8')).trim();
  if (context.options.json === true) printJson(context.terminal, { token: printed });
  else context.terminal.out(`${printed}\n`);
  return exitCodes.ok;
}

/**
 * Opens the interface in a browser. The browser gets a file of mode 0600 that leads on: a link on its command line would
 * show the token to everybody on this machine.
 */
export async function openInBrowser(context: VerbContext): VerbResult {
  const { client, record, token: secret } = await context.connect();
  await client.call('getHealth', {});
  if (record.url === null)
    throw new CommandError(
      exitCodes.refused,
      'JQ_NO_SERVER',
      'This manager has no TCP port.',
      'Start it without --port -1, or forward its unix socket with ssh -L.',
    );
  const file = join(record.secretsDir, 'open.html');
  await writeRedirect(file, `${record.url}/#token=${secret}`);
  const place = pathToFileURL(file).href;
  const browser = process.env['BROWSER'] ?? 'xdg-open';
  const isOpened = await hasOpened(browser, place);
  if (context.options.json === true) printJson(context.terminal, { url: record.url, file, isOpened });
  else if (isOpened) context.terminal.err(`Opened ${record.url} with ${browser}.`);
  else
    context.terminal.out(
      `No browser could be started here. juqueue tunnel prints how to forward ${record.url} to your computer, juqueue token the token that it asks for.\n`,
    );
  return exitCodes.ok;
}

/** A new file each time: what is there may be somebody else's. */
async function writeRedirect(file: string, url: string): Promise<void> {
  await rm(file, { force: true });
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(
      `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${url}"><title>JuQueue</title>\n`,
    );
  } finally {
    await handle.close();
  }
}

/** Whether it started and did not say within two seconds that it cannot: xdg-open is on many hosts that have no screen. */
async function hasOpened(browser: string, place: string): Promise<boolean> {
  const child = spawn(browser, [place], { stdio: 'ignore', detached: true });
  try {
    await once(child, 'spawn');
  } catch {
    return false;
  }
  const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(2_000) }).catch((): [number] => [0]);
  child.unref();
  return code === 0;
}
