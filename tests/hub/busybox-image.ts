import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes a root file system of one static program in this folder, as charliecloud executes it. */
export async function makeBusyboxImage(folder: string): Promise<void> {
  for (const name of ['bin', 'dev', 'etc', 'home', 'proc', 'sys', 'tmp', 'work']) await mkdir(join(folder, name), { recursive: true });
  for (const file of ['passwd', 'group', 'hosts', 'resolv.conf']) await writeFile(join(folder, 'etc', file), '');
  await copyFile('/usr/bin/busybox', join(folder, 'bin/busybox'));
  for (const program of ['sh', 'cat', 'env', 'ls', 'wc', 'grep', 'cp', 'kill', 'ps', 'mkdir', 'ln', 'tr', 'sleep'])
    await symlink('busybox', join(folder, 'bin', program));
  await chmod(folder, 0o755);
}
