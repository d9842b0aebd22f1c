import { constants } from 'node:fs';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { HubClient } from '@juqueue/client/hub';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/** The hub that commands for jobs speak to. */
interface HubLogin {
  readonly url: string;
  readonly key: string;
}

const longestKeyBytes = 4_096;

function loginFile(): string {
  return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'juqueue', 'hub.json');
}

/** A client of the hub that this person is logged in to: JUQUEUE_HUB_URL with JUQUEUE_HUB_KEY_FILE, else what `juqueue login` wrote. */
export async function connectHub(): Promise<HubClient> {
  return new HubClient((await fromEnvironment()) ?? (await fromLogin()));
}

async function fromEnvironment(): Promise<HubLogin | null> {
  const url = process.env['JUQUEUE_HUB_URL'];
  const keyFile = process.env['JUQUEUE_HUB_KEY_FILE'];
  if (url === undefined || url === '') return null;
  if (keyFile === undefined || keyFile === '')
    throw new CommandError(
      exitCodes.usage,
      'JQ_BAD_REQUEST',
      'JUQUEUE_HUB_URL is set and JUQUEUE_HUB_KEY_FILE is not.',
      'Name the file that holds the API key; keys do not belong into the environment.',
    );
  return { url: checkUrl(url), key: await readKey(keyFile) };
}

async function fromLogin(): Promise<HubLogin> {
  try {
    const { url, key } = JSON.parse(await readFile(loginFile(), 'utf8')) as Partial<HubLogin>;
    if (typeof url === 'string' && typeof key === 'string') return { url, key };
  } catch {
    // Told below, as for a file with other content.
  }
  throw new CommandError(
    exitCodes.unauthorized,
    'JQ_UNAUTHORIZED',
    'You are not logged in to a hub.',
    'Log in with: juqueue login https://hub.example.org',
  );
}

/**
 * Notes address and key for the commands about jobs, after the hub has taken the key. The key comes from a file or standard
 * input, never from the command line, which every user of a machine can read.
 */
export async function login(context: VerbContext, url: string, options: { readonly keyFile?: string }): VerbResult {
  const place: HubLogin = {
    url: checkUrl(url),
    key: options.keyFile === undefined ? await askKey(context) : await readKey(options.keyFile),
  };
  const who = await new HubClient(place).call('whoami', {});
  const file = loginFile();
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  await using handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o600);
  await handle.chmod(0o600);
  await handle.writeFile(`${JSON.stringify(place)}\n`);
  if (context.options.json === true) printJson(context.terminal, who);
  else context.terminal.err(`Logged in to ${place.url} as ${who.name} (${who.role}).`);
  return exitCodes.ok;
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLoopback = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)) return text.replace(/\/+$/, '');
  throw new CommandError(
    exitCodes.usage,
    'JQ_BAD_REQUEST',
    `The address of the hub is '${text}', expected one that begins with https://.`,
    'Plain http would show your key to the network; it is for this machine only.',
  );
}

async function readKey(file: string): Promise<string> {
  const path = resolve(file);
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(exitCodes.badInput, 'JQ_BAD_REQUEST', `The key file ${path} cannot be read: ${error.code ?? error.message}.`);
  });
  if ((stats.mode & 0o077) !== 0)
    throw new CommandError(
      exitCodes.badInput,
      'JQ_SECRET_NOT_PRIVATE',
      `The key file ${path} has mode ${(stats.mode & 0o777).toString(8)}, expected 600.`,
      `chmod 600 ${path}`,
    );
  return (await readFile(path, 'utf8')).trim();
}

async function askKey({ terminal }: VerbContext): Promise<string> {
  if (terminal.isInteractive) terminal.err('Paste your API key, then Enter:');
  let text = '';
  for await (const part of process.stdin) {
    text += String(part);
    if (text.includes('\n') || text.length > longestKeyBytes) break;
  }
  const key = text.trim();
  if (key === '')
    throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', 'No API key came.', 'Give it by --key-file or on standard input.');
  return key;
}
