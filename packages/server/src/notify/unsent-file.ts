import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { notificationKinds } from '@juqueue/core';
import { replacePrivateFile } from '@juqueue/core/private-file';
import { nothingUnsent } from './unsent.ts';
import type { Unsent } from './unsent.ts';

/** Runs in the worker of notifications. The folder is the private one of the work-dir. */
function unsentFile(folder: string): string {
  return join(folder, 'unsent-news.json');
}

/** Nothing when there is no file. Throws when it holds something else. */
export async function readUnsent(folder: string): Promise<Unsent> {
  let text: string;
  try {
    text = await readFile(unsentFile(folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothingUnsent;
    throw error;
  }
  const content: unknown = JSON.parse(text);
  if (!isUnsent(content)) throw new Error(`${unsentFile(folder)} holds something else than news`);
  return content;
}

/** Whole or not at all: a manager may be killed while it writes. */
export async function writeUnsent(folder: string, unsent: Unsent): Promise<void> {
  await replacePrivateFile(unsentFile(folder), JSON.stringify(unsent));
}

function isUnsent(value: unknown): value is Unsent {
  if (!isRecord(value)) return false;
  const { collected, waiting } = value;
  return (
    isNewsList(collected) &&
    isRecord(waiting) &&
    Object.values(waiting).every((messages) => Array.isArray(messages) && messages.every(isMessage))
  );
}

function isMessage(value: unknown): boolean {
  return isRecord(value) && typeof value['title'] === 'string' && isNewsList(value['news']);
}

function isNewsList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (news: unknown) =>
        isRecord(news) &&
        notificationKinds.some((kind) => kind === news['kind']) &&
        typeof news['sentence'] === 'string' &&
        typeof news['atMs'] === 'number',
    )
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
