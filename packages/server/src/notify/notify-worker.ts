import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { assertNever, serveCalls } from '@juqueue/core';
import type { ChannelAddress, ChannelTarget } from '@juqueue/core';
import { linesOf } from './news.ts';
import type { Message } from './news.ts';
import type { Unsent } from './unsent.ts';
import { readUnsent, writeUnsent } from './unsent-file.ts';
import { webhookBody } from './webhook-bodies.ts';

export interface Delivery {
  readonly target: ChannelTarget;
  readonly message: Message;
  /** Relative programs and files are meant from there. */
  readonly defDir: string;
}

/** Null when it was taken; else a sentence that holds no secret. */
export type DeliveryOutcome = string | null;

/** A service that has not answered by then is tried again later. */
const limitMs = 30_000;

async function deliver({ target, message, defDir }: Delivery): Promise<DeliveryOutcome> {
  try {
    switch (target.kind) {
      case 'webhook':
      case 'slack':
      case 'mattermost':
      case 'ntfy':
        return await post(await addressOf(target.address, defDir), webhookBody(target.kind, message));
      case 'command':
        return await runHook(target.cmd, message, defDir);
      case 'sendmail':
      case 'smtp':
        return await mail(target, message, defDir);
      default:
        return assertNever(target);
    }
  } catch (error) {
    return describe(error);
  }
}

async function addressOf(address: ChannelAddress, defDir: string): Promise<string> {
  if (address.kind === 'url') return address.url;
  const line = await firstLine(address.file, defDir, false);
  if (!/^https?:\/\/\S+$/.test(line))
    throw new Error(`the first line of ${address.file} is no address, expected one that begins with https://`);
  return line;
}

/** Of a file that holds a secret. */
async function firstLine(file: string, defDir: string, isPrivate: boolean): Promise<string> {
  const path = resolve(defDir, file.replace(/^~(?=\/)/, homedir()));
  if (isPrivate && ((await stat(path)).mode & 0o077) !== 0) throw new Error(`${file} can be read by others, expected mode 0600`);
  const [line = ''] = (await readFile(path, 'utf8')).split('\n');
  return line.trim();
}

/** An address that sends on elsewhere is not followed: the message would go to somebody nobody named. */
async function post(url: string, { headers, body }: ReturnType<typeof webhookBody>): Promise<DeliveryOutcome> {
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(limitMs) });
  await response.body?.cancel();
  return response.ok ? null : `the service answered ${response.status}`;
}

/** The news are in its environment and, as JSON, on its standard input. */
async function runHook([program = '', ...args]: readonly string[], message: Message, defDir: string): Promise<DeliveryOutcome> {
  const env = {
    ...process.env,
    JUQUEUE_NOTIFY_TITLE: message.title,
    JUQUEUE_NOTIFY_TEXT: linesOf(message).join('\n'),
    JUQUEUE_NOTIFY_EVENTS: [...new Set(message.news.map(({ kind }) => kind))].join(','),
    JUQUEUE_NOTIFY_EXPERIMENTS: [...new Set(message.news.flatMap(({ experiment }) => experiment ?? []))].join(','),
    JUQUEUE_NOTIFY_WORK_DIR: message.workDir,
  };
  const child = spawn(program, args, { cwd: defDir, env, stdio: ['pipe', 'ignore', 'pipe'], timeout: limitMs, killSignal: 'SIGKILL' });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint = (complaint + text.toString()).slice(-500)));
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${JSON.stringify({ version: 1, ...message })}\n`);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (code === 0) return null;
  const last = complaint.trim().split('\n').at(-1) ?? '';
  return `${program} ended with ${code ?? signal ?? 'nothing'}${last === '' ? '' : `: ${last}`}`;
}

/** The library is loaded only where somebody wants mail. */
async function mail(
  target: Extract<ChannelTarget, { readonly kind: 'sendmail' | 'smtp' }>,
  message: Message,
  defDir: string,
): Promise<DeliveryOutcome> {
  const { createTransport } = await import('nodemailer');
  const letter = { to: [...target.to], subject: message.title, text: linesOf(message).join('\n') };
  if (target.kind === 'sendmail') {
    await createTransport({ sendmail: true, path: target.program, newline: 'unix' }).sendMail({
      ...letter,
      from: target.from ?? `juqueue@${message.host}`,
    });
    return null;
  }
  const { host, port, login } = target;
  // A password goes over an encrypted connection only.
  const auth =
    login === null ? {} : { requireTLS: true, auth: { user: login.user, pass: await firstLine(login.passwordFile, defDir, true) } };
  const transport = createTransport({
    host,
    port,
    secure: port === smtpsPort,
    connectionTimeout: limitMs,
    socketTimeout: limitMs,
    ...auth,
  });
  await transport.sendMail({ ...letter, from: target.from });
  transport.close();
  return null;
}

const smtpsPort = 465;

/** `fetch failed` alone says nothing; the cause does, and names no path of the address. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${limitMs / 1_000} s`;
  const cause = error.cause instanceof Error ? error.cause.message : null;
  return cause ?? error.message;
}

const functions = {
  deliver,
  readUnsent,
  writeUnsent: ({ folder, unsent }: { readonly folder: string; readonly unsent: Unsent }) => writeUnsent(folder, unsent),
};
export type NotifyFunctions = typeof functions;
serveCalls(functions);
