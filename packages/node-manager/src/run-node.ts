import { randomBytes } from 'node:crypto';
import { availableParallelism, hostname, totalmem, userInfo } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ManagerMessage } from '@juqueue/core';
import { nodeFolder, parseNodeConfig } from '@juqueue/core';
import type { NodeArguments } from './config/node-arguments.ts';
import { nodeDeadline } from './config/node-deadline.ts';
import { NodeCore } from './core/node-core.ts';
import type { NodeStartFiles, StartWorkerData, StartWorkerReply } from './files/node-start-worker.ts';
import { startStorage } from './files/storage.ts';
import { devicesOfNode } from './launch/devices.ts';
import type { Environment } from './launch/inheritable-environment.ts';
import { inheritableEnvironment, nodeEnvironment } from './launch/inheritable-environment.ts';
import type { NodeContext } from './launch/launch-plan.ts';
import { LinkClient } from './link/link-client.ts';
import { parseLinkKey } from './link/psk.ts';
import { SpawnerPool } from './spawner/spawner-pool.ts';
import { stderrLog } from './stderr-log.ts';
import { systemClock } from './system-clock.ts';

/** Two spawners keep two cores busy with forking; more would only take turns. */
const spawnersMax = 2;

const observeEveryMs = 2_000;

/** What a run uses changes slowly, and a look at every process of a large node takes some hundredths of a second. */
const sampleEveryMs = 30_000;

/** A NodeManager from its arguments on: reads its files, starts workers and spawners, connects, and serves until it leaves. */
export async function runNode(args: NodeArguments, configFile: string, program: URL): Promise<void> {
  const startedAtMs = Date.now();
  const reader = new Worker(program, { workerData: { role: 'start', workDir: args.workDir, configFile } satisfies StartWorkerData });
  const files = await firstReply(reader);
  const config = parseNodeConfig(files.config, args.allocation);
  const environment = nodeEnvironment(
    inheritableEnvironment(JSON.parse(files.environment) as Environment, config.environment),
    process.env,
    config.clusterKind === 'slurm',
  );
  const host = hostname();
  const deadlineMs = nodeDeadline(config, process.env, startedAtMs);
  const devices =
    config.cudaDevices === null ? devicesOfNode(process.env) : { variable: 'CUDA_VISIBLE_DEVICES' as const, list: config.cudaDevices };

  const storage = startStorage(
    { workDir: args.workDir, allocation: args.allocation, host, program, observeEveryMs, sampleEveryMs },
    (report) => core.onStorage(report),
  );
  const spawners = new SpawnerPool(
    {
      program,
      size: Math.min(spawnersMax, config.slots),
      environment,
      folderOf: (nonce) => join(args.workDir, nodeFolder(args.allocation, nonce)),
      log: stderrLog,
    },
    (report) => core.onSpawner(report),
  );
  const link = new LinkClient(
    {
      allocation: args.allocation,
      key: parseLinkKey(files.linkKey),
      clock: systemClock,
      log: stderrLog,
      readAddresses: () => readAddresses(reader),
      random: Math.random,
    },
    { onUp: () => core.onLinkUp(), onDown: () => core.onLinkDown(), onMessage: (message: ManagerMessage) => core.onMessage(message) },
  );
  const leave = (reason: string, isClosed: boolean): void => {
    stderrLog.info(`leaving: ${reason}`);
    spawners.close();
    // An ordinary exit waits for its threads, and one that hangs with the file system would keep the node for as long.
    if (!isClosed) process.kill(process.pid, 'SIGKILL');
    process.exit(0);
  };
  const core = new NodeCore(
    { clock: systemClock, log: stderrLog, link, storage, spawners, newNonce: () => randomBytes(8).toString('hex'), leave },
    {
      context: {
        workDir: args.workDir,
        node: args.allocation,
        host,
        slots: config.slots,
        deadlineMs,
        devices,
        processors: { list: files.processors, isDefault: config.clusterKind === 'slurm' },
        user: ourselves(),
        environment,
      },
      slots: config.slots,
      pid: process.pid,
      found: { cpus: availableParallelism(), memoryBytes: totalmem() },
      endCause: config.clusterKind === 'local' ? 'manager-stop' : 'preempted',
    },
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => core.onEndRequested());
  process.on('SIGUSR2', () => core.onEndWarned());
  process.on('SIGHUP', () => undefined);
  core.begin();
}

/** A user that the machine has no name for is one all the same. */
function ourselves(): NodeContext['user'] {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  try {
    return { name: userInfo().username, uid, gid };
  } catch {
    return { name: String(uid), uid, gid };
  }
}

function firstReply(reader: Worker): Promise<NodeStartFiles> {
  return new Promise((resolve, reject) => {
    reader.once('error', reject);
    reader.once('message', (reply: StartWorkerReply) => {
      if (reply.kind === 'start-files') resolve(reply.files);
    });
  });
}

/** One question at a time; while the file system hangs the same one stays open. */
function readAddresses(reader: Worker): Promise<string | null> {
  return new Promise((resolve) => {
    reader.once('message', (reply: StartWorkerReply) => resolve(reply.kind === 'addresses' ? reply.json : null));
    reader.postMessage('addresses');
  });
}
