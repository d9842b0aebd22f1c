import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLog } from '@juqueue/core';
import { reported, submitted } from '@juqueue/testkit/cluster-contract';
import { SlurmCluster } from '../src/index.ts';
import { realClock } from './real-clock.ts';
import { slurmDefinition } from './slurm-definition.ts';

/** One allocation from its submission to its cancel, as the user who starts this; prints what was reported. */
const home = process.argv[2] ?? '';
await using cluster = new SlurmCluster({
  definition: slurmDefinition(),
  workDir: home,
  program: fileURLToPath(import.meta.resolve('@juqueue/testkit/idle-node')),
  nodeBinary: process.execPath,
  linkKeyFile: join(home, '.juqueue/link.key'),
  clock: realClock,
  log: silentLog,
  env: process.env,
  mayAct: async () => true,
});
const allocation = await submitted(cluster);
const running = await reported(cluster, allocation, 'running', 30_000);
await cluster.cancel([allocation]);
const ended = await reported(cluster, { ...allocation, status: 'running', startedAtMs: running.startedAtMs }, 'ended', 30_000);
process.stdout.write(JSON.stringify({ running, ended }));
