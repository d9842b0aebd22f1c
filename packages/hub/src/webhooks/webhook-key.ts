import { randomBytes } from 'node:crypto';
import { readPrivateFile, writePrivateFile } from '../access/private-file.ts';

/** The key from which the secrets of webhooks are made; made at the first start. */
export async function webhookKey(file: string): Promise<Buffer> {
  const known = await readPrivateFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return null;
  });
  if (known !== null) return Buffer.from(known, 'hex');
  const key = randomBytes(32);
  await writePrivateFile(file, key.toString('hex'));
  return key;
}
