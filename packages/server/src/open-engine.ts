import { randomBytes } from 'node:crypto';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { LocalCluster } from '@juqueue/cluster-local';
import { SlurmCluster } from '@juqueue/cluster-slurm';
import {
  assertFencingTimes,
  assertNever,
  defaultFencingTimes,
  Engine,
  JuqueueError,
  protocolVersion,
  raiseEpoch,
  recover,
  showAlive,
  takeEpoch,
} from '@juqueue/core';
import type { ClusterDefinition, ClusterPort, FencingTimes, RunIndex } from '@juqueue/core';
import { parseLinkKey } from '@juqueue/node-manager';
import { openIndex, openJournal } from './open-state.ts';
import { EpochKeeper } from './epoch/epoch-keeper.ts';
import { ImageCache } from './images/image-cache.ts';
import { ManagerLinks } from './link/manager-links.ts';
import { ManagerLog } from './manager-log/manager-log.ts';
import { ManagerMetrics } from './metrics/manager-metrics.ts';
import type { EngineOptions } from './manager-options.ts';
import { nodeManagerBundle } from './node-manager-bundle.ts';
import { WorkDirNodeFiles } from './node-files/node-files.ts';
import { Provisions } from './provisions/provisions.ts';
import { WorkDirSearch } from './recovery/findings.ts';
import { systemClock } from '@juqueue/http';
import { openWorkDir } from './work-dir/open-work-dir.ts';

/** The engine of a work-dir with everything that it works with. It has the right to act and has not begun to. */
export interface OpenEngine extends AsyncDisposable {
  readonly engine: Engine;
  readonly index: RunIndex;
  readonly images: ImageCache;
  readonly log: ManagerLog;
  readonly metrics: ManagerMetrics;
  readonly provisions: Provisions;
  /** The work-dir without symbolic links. */
  readonly workDir: string;
  readonly secretsDir: string;
  readonly uid: number;
  /** Resolves when another manager has taken the work-dir over; this one must then end without touching anything. */
  readonly superseded: Promise<void>;
}

/**
 * Opens a work-dir to act on it: lock, epoch, journal, link, engine, in this order; each step may refuse and then nothing
 * is left behind. The order matters: nothing is read before the epoch is taken, nothing connects before the journal is
 * folded. `onRight` is told as soon as this manager may act: what takes long and needs no state can begin then.
 */
export async function openEngine(
  options: EngineOptions,
  onRight: (place: { readonly workDir: string; readonly log: ManagerLog }) => void = () => undefined,
): Promise<OpenEngine> {
  await using stack = new AsyncDisposableStack();
  const { uid, stateDir } = surroundings();
  const workDir = stack.use(await openWorkDir(options.workDir, { uid, stateDir }));
  for (const notice of workDir.notices) options.tell(notice);
  const log = stack.use(new ManagerLog(workDir.path, options.isDebug));
  const metrics = stack.use(new ManagerMetrics());

  const provisions = stack.use(new Provisions(workDir.path, workDir.secretsDir));
  const times: FencingTimes = (await provisions.isOnLocalDisk()) ? { ...defaultFencingTimes, fsStalenessMs: 0 } : defaultFencingTimes;
  assertFencingTimes(times);
  const keeper = stack.use(new EpochKeeper(workDir.path));
  const taken = await takeEpoch(keeper, systemClock, times, options.tell, () => stack.defer(showAlive(keeper, systemClock, times)));
  onRight({ workDir: workDir.path, log });
  let isSuperseded = false;
  stack.defer(async () => {
    if (isSuperseded) return;
    await provisions.withdrawServer();
    await keeper.leave();
  });

  const { store, lastSeq, isRepaired } = await openJournal(workDir.path, options);
  stack.defer(() => store.close());
  const { index, isAhead } = await openIndex(workDir.path, lastSeq, options.tell);
  stack.defer(() => index.close());
  if (options.isRepairing) await index.reset();
  const recovered = await recover(store, index);
  const recordedEpoch = recovered.world.epoch;
  const right = recordedEpoch < taken.epoch ? taken : await raiseEpoch(keeper, taken, recordedEpoch, systemClock);

  const bundle = await provisions.installBundle(nodeManagerBundle());
  await provisions.writeEnvironment(process.env);
  const links = stack.use(await ManagerLinks.open({ key: parseLinkKey(await provisions.linkKey()), log }));
  const nodeFiles = stack.use(new WorkDirNodeFiles(workDir.path));
  const search = stack.use(new WorkDirSearch(workDir.path));
  // A start that took an epoch and died before it could record it leaves such a gap too; looking costs little then.
  const hasLostEvents = isRepaired || isAhead || recordedEpoch < taken.epoch - 1;
  if (hasLostEvents)
    options.tell(
      'The journal lacks its newest events: attempts and nodes are looked up in the work-dir, and nothing starts before every node was heard or is proven gone.',
    );
  const findings = hasLostEvents ? await search.everything(recovered.world, nodeFiles) : null;

  const place = { workDir: workDir.path, program: bundle, linkKeyFile: provisions.linkKeyFile, nodeBinary: process.execPath };
  const interfaces = new Set<string>();
  const announce = (): Promise<void> => provisions.writeAddresses(right.epoch, links.addresses([...interfaces]));
  const connectCluster = (definition: ClusterDefinition): ClusterPort => {
    switch (definition.type) {
      case 'local':
        return new LocalCluster({ definition, ...place });
      case 'slurm': {
        const wanted = definition.driver['interface'];
        if (typeof wanted === 'string') interfaces.add(wanted);
        links
          .openNetwork()
          .then(announce)
          .catch((error: unknown) =>
            options.tell(`Nodes on other hosts cannot connect: the link port could not be opened (${String(error)}).`),
          );
        return new SlurmCluster({
          definition,
          ...place,
          clock: systemClock,
          log,
          env: process.env,
          mayAct: () => engine.mayAct(),
          onCall: metrics.noteSlurmCall,
        });
      }
      default:
        return assertNever(definition.type);
    }
  };
  const images = stack.use(new ImageCache(workDir.path, systemClock, options.tell));
  const superseded = Promise.withResolvers<void>();
  const engine: Engine = new Engine(
    {
      store,
      index,
      link: links,
      nodeFiles,
      managerFiles: keeper,
      histories: search,
      images,
      clock: systemClock,
      log,
      connectCluster,
      newSecret: () => randomBytes(16).toString('hex'),
      onTick: metrics.noteTick,
      announce,
      onSuperseded: () => {
        options.tell('Another manager has taken over this work-dir; this one ends without touching anything.');
        isSuperseded = true;
        superseded.resolve();
      },
    },
    { right, host: hostname(), pid: process.pid, version: options.version, protocol: protocolVersion, times, findings },
    recovered,
  );
  stack.defer(() => engine.halt());
  await announce();

  const open = stack.move();
  return {
    engine,
    index,
    images,
    log,
    metrics,
    provisions,
    workDir: workDir.path,
    secretsDir: workDir.secretsDir,
    uid,
    superseded: superseded.promise,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

function surroundings(): { readonly uid: number; readonly stateDir: string } {
  const uid = process.getuid?.();
  if (uid === undefined)
    throw new JuqueueError(
      'JQ_WORK_DIR_NOT_PRIVATE',
      'The manager needs a system with Unix users.',
      'Run it on Linux; the command line works anywhere.',
    );
  return { uid, stateDir: join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'juqueue') };
}
