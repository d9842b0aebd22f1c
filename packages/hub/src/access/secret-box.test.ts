import { chmod, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPrivateFile } from './private-file.ts';
import { openSecretBox } from './secret-box.ts';

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'juqueue-secrets-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('a sealed secret opens with the same key for the same owner, and not otherwise', () =>
  withFolder(async (folder) => {
    const box = await openSecretBox(join(folder, 'key'));
    const sealed = box.seal('the secret', 'c1');
    expect((await openSecretBox(join(folder, 'key'))).open(sealed, 'c1')).toBe('the secret');
    expect(box.seal('the secret', 'c1')).not.toBe(sealed);
    expect(() => box.open(sealed, 'c2')).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'JQ_SECRETS_UNREADABLE' }) }),
    );
    const changed = Buffer.from(sealed, 'base64');
    changed.writeUInt8(changed.readUInt8(14) ^ 1, 14);
    expect(() => box.open(changed.toString('base64'), 'c1')).toThrow('cannot be opened');
    expect((await openSecretBox(join(folder, 'other'))).seal('x', 'y')).not.toBe('');
  }));

test('the key file has mode 0600; one that others can read is refused', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'key');
    await openSecretBox(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await chmod(file, 0o640);
    await expect(openSecretBox(file)).rejects.toThrow('has mode 640, expected 600');
  }));

test('a link in the place of a secret file is refused', () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, 'target'), 'secret', { mode: 0o600 });
    await symlink(join(folder, 'target'), join(folder, 'link'));
    expect(await readPrivateFile(join(folder, 'target'))).toBe('secret');
    await expect(readPrivateFile(join(folder, 'link'))).rejects.toThrow('symbolic link');
  }));
