import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { missingPackages } from '../system-packages/missing-packages.ts';

/** Why Podman cannot be used here; null when it can. */
export function podmanUnsupportedReason(): string | null {
  const missing = missingPackages('podman');
  if (missing.length > 0) return `these packages are missing: ${missing.join(', ')}`;
  return process.getuid?.() === 0 ? null : 'its storage and control groups are set up for root';
}

/**
 * Debian's Podman with images and containers of its own, called by its name by whoever has `path` as PATH: a small program there
 * says where the storage is, and calls it with the same arguments.
 */
export class PrivatePodman implements AsyncDisposable {
  readonly #folder: string;
  /** PATH with that program first. */
  readonly path: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = [join(folder, 'bin'), process.env['PATH']].join(delimiter);
  }

  static async open(): Promise<PrivatePodman> {
    const folder = await mkdtemp(join(tmpdir(), 'juqueue-podman-'));
    await writeFile(join(folder, 'storage.conf'), `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/images"\nrunroot = "${folder}/run"\n`);
    // Where root may not raise limits, those that Podman would set are refused.
    await writeFile(
      join(folder, 'containers.conf'),
      '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n[containers]\ncgroups = "disabled"\ndefault_ulimits = ["nofile=1000:1000", "nproc=1000:1000"]\n',
    );
    await mkdir(join(folder, 'bin'));
    const program = join(folder, 'bin/podman');
    await writeFile(
      program,
      `#!/bin/sh\nexport CONTAINERS_STORAGE_CONF=${folder}/storage.conf CONTAINERS_CONF=${folder}/containers.conf\n${callPodman()}\n`,
    );
    await chmod(program, 0o755);
    return new PrivatePodman(folder);
  }

  /** Makes an image of a root file system. */
  importImage(rootFolder: string, name: string): void {
    const archive = join(this.#folder, 'image.tar');
    execFileSync('tar', ['-C', rootFolder, '-cf', archive, '.']);
    execFileSync(join(this.#folder, 'bin/podman'), ['import', '--quiet', archive, name], { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** Names of the containers that there are, whether they execute or not. */
  containers(): readonly string[] {
    const listed = execFileSync(join(this.#folder, 'bin/podman'), ['ps', '--all', '--format', '{{.Names}}'], { encoding: 'utf8' });
    return listed.split('\n').filter((name) => name !== '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    execFileSync(join(this.#folder, 'bin/podman'), ['rm', '--all', '--force'], { stdio: 'ignore' });
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Its crun refuses machines that have both versions of control groups, so it sees the second alone. */
function callPodman(): string {
  if (!existsSync('/sys/fs/cgroup/unified')) return 'exec /usr/bin/podman "$@"';
  return `exec unshare --mount sh -c 'umount --lazy /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec /usr/bin/podman "$@"' podman "$@"`;
}
