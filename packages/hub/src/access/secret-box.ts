import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { JuqueueError } from '@juqueue/core';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** Encrypts secrets that the hub has to know, so that the database alone gives none away. */
export class SecretBox {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** `owner` is bound to it: what is sealed for one cannot be opened for another. */
  seal(secret: string, owner: string): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(algorithm, this.#key, iv).setAAD(Buffer.from(owner));
    return Buffer.concat([iv, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
  }

  /** Throws `JQ_SECRETS_UNREADABLE` when it was sealed with another key or for another owner, or has been changed. */
  open(sealed: string, owner: string): string {
    const bytes = Buffer.from(sealed, 'base64');
    try {
      const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
        .setAAD(Buffer.from(owner))
        .setAuthTag(bytes.subarray(-tagBytes));
      return Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]).toString('utf8');
    } catch {
      throw new JuqueueError(
        'JQ_SECRETS_UNREADABLE',
        `The secret of ${owner} cannot be opened with the key of this hub.`,
        'Put back the key file that the hub had when it was issued, or issue credentials anew.',
      );
    }
  }
}

/** The box with the key in this file, which is made when it does not exist. */
export async function openSecretBox(keyFile: string): Promise<SecretBox> {
  const text = await readPrivateFile(keyFile).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    const key = randomBytes(32).toString('hex');
    await writePrivateFile(keyFile, key);
    return key;
  });
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new JuqueueError('JQ_SECRETS_UNREADABLE', `${keyFile} does not hold a key, expected 64 hexadecimal digits.`);
  return new SecretBox(Buffer.from(text, 'hex'));
}
