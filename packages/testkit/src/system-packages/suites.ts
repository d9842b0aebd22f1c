/** A part of the tests that needs programs which npm cannot bring. */
export type TestSuite = 'slurm' | 'redis' | 'browser' | 'containers' | 'podman' | 'shells' | 'python';

export const testSuites: readonly TestSuite[] = ['slurm', 'redis', 'browser', 'containers', 'podman', 'shells', 'python'];

/**
 * The Debian packages that each suite needs.
 *
 * Slurm's accounting runs on a private MariaDB started by the tests, so the server's core package is enough:
 * the full one would bring a service and a database under /var/lib.
 */
export const packagesOfSuite: Readonly<Record<TestSuite, readonly string[]>> = {
  slurm: [
    'slurmctld',
    'slurmd',
    'slurmdbd',
    'slurm-client',
    'slurm-wlm-mysql-plugin',
    'munge',
    'mariadb-server-core',
    'mariadb-client-core',
    'iproute2',
    'util-linux',
    'passwd',
  ],
  redis: ['redis-server'],
  browser: ['chromium'],
  /** Charliecloud needs no daemon and no root; its image is made of one static program. */
  containers: ['charliecloud', 'busybox-static', 'util-linux'],
  /** Without what it recommends for networks and images of its own; catatonit is its `--init`. */
  podman: ['podman', 'crun', 'catatonit', 'busybox-static', 'util-linux'],
  shells: ['zsh'],
  /** Clients of neighbours are installed into environments of their own. */
  python: ['python3-venv'],
};
