import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FakeManager } from '../test/fake-manager.ts';
import { startSpec, TestNode } from '../test/test-node.ts';
import { testWorkDir } from '../test/work-dir.ts';

/**
 * How many runs of /bin/true one node executes in a second, without a scheduler, against xargs in the same call. The runs
 * are sent ahead as a manager does it, so that a slot never waits for a round trip.
 */
const runs = Number(process.argv[2] ?? 5_000);
const slots = Number(process.argv[3] ?? 2);
const aheadMax = 16;
const program = fileURLToPath(new URL('../dist/node-manager.mjs', import.meta.url));

function xargsRate(): number {
  const startedAtMs = performance.now();
  spawnSync('sh', ['-c', 'seq "$1" | xargs -P"$2" -n1 /bin/true', 'sh', String(runs), String(slots)]);
  return (runs / (performance.now() - startedAtMs)) * 1000;
}

async function nodeRate(): Promise<number> {
  await using workDir = await testWorkDir();
  await using manager = await FakeManager.start(workDir);
  await using node = await TestNode.start(workDir, { slots }, { program });
  await manager.heard('hello');
  const startedAtMs = performance.now();
  let sent = 0;
  let seen = 0;
  const sendMore = (): void => {
    for (; sent < runs && sent - seen < slots + aheadMax; sent += 1) manager.start(node.allocation, startSpec(`r${sent}`, ['/bin/true']));
  };
  sendMore();
  await new Promise<void>((resolve) => {
    manager.onHeard((message) => {
      if (message.kind !== 'ended') return;
      seen += 1;
      sendMore();
      if (seen === runs) resolve();
    });
  });
  return (runs / (performance.now() - startedAtMs)) * 1000;
}

const before = xargsRate();
const ours = await nodeRate();
const after = xargsRate();
const xargs = (before + after) / 2;
process.stdout.write(
  `xargs ${xargs.toFixed(0)}/s (${before.toFixed(0)}, ${after.toFixed(0)})   node ${ours.toFixed(0)}/s   ratio ${(ours / xargs).toFixed(2)}\n`,
);
