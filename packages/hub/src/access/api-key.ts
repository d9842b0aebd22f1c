import { randomBytes } from 'node:crypto';
import { sha256Hex } from './signature.ts';

/** `jqk_<id>_<secret>`: recognisable in a leak, found by its id, 256 random bits. */
export interface NewApiKey {
  readonly id: string;
  readonly text: string;
  readonly keySha256: string;
}

export function newApiKey(): NewApiKey {
  const id = randomBytes(6).toString('hex');
  const text = `jqk_${id}_${randomBytes(32).toString('hex')}`;
  return { id, text, keySha256: sha256Hex(text) };
}

/** The id in the text of a key; null when it has not the form of one. */
export function apiKeyId(text: string): string | null {
  return /^jqk_([0-9a-f]{12})_[0-9a-f]{64}$/.exec(text)?.[1] ?? null;
}
