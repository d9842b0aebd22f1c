import { randomBytes } from 'node:crypto';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { LocalCluster } from '@juqueue/cluster-local';
import { SlurmCluster } from '@juqueue/cluster-slurm';
import { assertFencingTimes, assertNever, defaultFencingTimes, Engine, JuqueueError, openJournalStore, openRunIndex, recover, workDirPaths } from '@juqueue/core';
import type { ClusterDefinition, ClusterPort, FencingTimes, StopMode, StopReport, Store } from '@juqueue/core';
import { parseLinkKey } from '@juqueue/node-manager';
import { buildServer } from './app/build-server.ts';
import { openListeners } from './app/listeners.ts';
import { PublicFiles } from './app/public-files.ts';
import { WatchedDefinitions } from './definitions/definitions-service.ts';
import { EpochKeeper } from './epoch/epoch-keeper.ts';
import { ManagerLinks } from './link/manager-links.ts';
import { FileLogReader } from './logs/log-reader.ts';
import { ManagerLog } from './manager-log/manager-log.ts';
import type { ManagerOptions, RunningManager } from './manager-options.ts';
import { nodeManagerBundle } from './node-manager-bundle.ts';
import { WorkDirNodeFiles } from './node-files/node-files.ts';
import { Provisions } from './provisions/provisions.ts';
import { describeJournalNotice } from './describe-journal.ts';
import { describeStop } from './describe-stop.ts';
import { systemClock } from './system-clock.ts';
import { openWorkDir } from './work-dir/open-work-dir.ts';

/**
 * Starts a manager: work-dir, epoch, journal, link, engine, definitions, interface, in this order; each step may refuse
 * and then nothing is left behind. The order matters: no other manager writes the journal when it is read, nothing is
 * decided or connected before it is folded, nobody is served before the definitions were read once.
 */
export async function startManager(options: ManagerOptions): Promise<RunningManager> {
  await using stack = new AsyncDisposableStack();
  const { uid, stateDir } = surroundings();
  const workDir = stack.use(await openWorkDir(options.workDir, { uid, stateDir }));
  for (const notice of workDir.notices) options.tell(notice);
  const log = stack.use(new ManagerLog(workDir.path, options.isDebug));

  const provisions = stack.use(new Provisions(workDir.path, workDir.secretsDir));
  const times: FencingTimes = (await provisions.isOnLocalDisk()) ? { ...defaultFencingTimes, fsStalenessMs: 0 } : defaultFencingTimes;
  assertFencingTimes(times);
  const keeper = stack.use(new EpochKeeper(workDir.path));
  const taken = await keeper.take(systemClock, times, options.tell);
  stack.defer(showAlive(keeper, times));

  const { store, lastSeq } = await openJournal(workDir.path, options.tell);
  stack.defer(() => store.close());
  const { index } = await openRunIndex({ file: join(workDir.path, workDirPaths.index), journalSeq: lastSeq });
  stack.defer(() => index.close());
  const { world, nextSeq } = await recover(store, index);
  const right = world.epoch < taken.epoch ? taken : await keeper.raise(taken, world.epoch, systemClock);

  const bundle = await provisions.installBundle(nodeManagerBundle());
  await provisions.writeEnvironment(process.env);
  const links = stack.use(await ManagerLinks.open({ key: parseLinkKey(await provisions.linkKey()), log }));
  const nodeFiles = stack.use(new WorkDirNodeFiles(workDir.path));

  const ended = Promise.withResolvers<number>();
  const place = { workDir: workDir.path, program: bundle, linkKeyFile: provisions.linkKeyFile, nodeBinary: process.execPath };
  const announce = (interfaces: readonly string[]): Promise<void> => provisions.writeAddresses(right.epoch, links.addresses(interfaces));
  const connectCluster = (definition: ClusterDefinition): ClusterPort => {
    switch (definition.type) {
      case 'local':
        return new LocalCluster({ definition, ...place });
      case 'slurm': {
        const wanted = definition.driver['interface'];
        links
          .openNetwork()
          .then(() => announce(typeof wanted === 'string' ? [wanted] : []))
          .catch((error: unknown) => options.tell(`Nodes on other hosts cannot connect: the link port could not be opened (${String(error)}).`));
        return new SlurmCluster({ definition, ...place, clock: systemClock, log, env: process.env, mayAct: () => engine.mayAct() });
      }
      default:
        return assertNever(definition.type);
    }
  };
  const engine: Engine = new Engine(
    {
      store,
      index,
      link: links,
      nodeFiles,
      managerFiles: keeper,
      clock: systemClock,
      log,
      connectCluster,
      newSecret: () => randomBytes(16).toString('hex'),
      onSuperseded: () => {
        options.tell('Another manager has taken over this work-dir; this one ends without touching anything.');
        ended.resolve(supersededExitCode);
      },
    },
    { right, host: hostname(), pid: process.pid, version: options.version, times },
    world,
    nextSeq,
  );
  await announce([]);
  await engine.begin();
  stack.defer(() => engine.halt());

  const definitions = stack.use(new WatchedDefinitions({ defDir: options.defDir, workDir: workDir.path, engine, clock: systemClock, log }));
  const { problems } = await definitions.start();
  if (problems.length > 0) options.tell(`The definitions have ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}; juqueue validate shows them.`);

  const token = randomBytes(32).toString('hex');
  const logs = stack.use(new FileLogReader(workDir.path, systemClock));
  const assets = stack.use(new PublicFiles());
  let stopping: Promise<StopReport> | null = null;
  const stop = (mode: StopMode): Promise<void> => {
    stopping ??= engine.stop(mode);
    return stopping.then(async (report) => {
      options.tell(describeStop(report));
      await keeper.leave();
      ended.resolve(0);
    });
  };
  const app = await buildServer(
    {
      identity: { version: options.version, workDir: workDir.path, defDir: options.defDir, host: hostname(), pid: process.pid },
      isReadOnly: options.isReadOnly,
      engine,
      index,
      definitions,
      logs,
      clock: systemClock,
      log,
      isStopping: () => stopping !== null,
      requestStop: stop,
    },
    { token, allowedHosts: options.allowedHosts, listen: options.listen },
    assets,
  );
  stack.defer(() => app.close());
  const listeners = stack.use(await openListeners(app, { ...options, workDir: workDir.path, runtimeDir: process.env['XDG_RUNTIME_DIR'] ?? null, uid }));
  const url = listeners.port === null ? null : `http://localhost:${listeners.port}`;
  await provisions.writeToken(token);
  await provisions.writeServer({ version: options.version, host: hostname(), pid: process.pid, url, socketPath: listeners.socketPath, secretsDir: workDir.secretsDir });

  const open = stack.move();
  const done = ended.promise.then(async (code) => {
    await open.disposeAsync();
    return code;
  });
  return { url, socketPath: listeners.socketPath, token, stop, done };
}

/** A process that lost its work-dir to another manager has failed, but not by its own fault. */
const supersededExitCode = 3;

function surroundings(): { readonly uid: number; readonly stateDir: string } {
  const uid = process.getuid?.();
  if (uid === undefined) throw new JuqueueError('JQ_WORK_DIR_NOT_PRIVATE', 'The manager needs a system with Unix users.', 'Run it on Linux; the command line works anywhere.');
  return { uid, stateDir: join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'juqueue') };
}

async function openJournal(workDir: string, tell: (sentence: string) => void): Promise<{ readonly store: Store; readonly lastSeq: number }> {
  const opened = await openJournalStore({ directory: join(workDir, workDirPaths.journal) });
  if (opened.kind === 'open') {
    for (const notice of opened.notices) tell(describeJournalNotice(notice));
    return opened;
  }
  const { segment, offset, lastGoodSeq } = opened.damage;
  throw new JuqueueError('JQ_JOURNAL_DAMAGED', `The journal is damaged: ${segment} at byte ${offset}; everything up to event ${lastGoodSeq} is whole.`, 'Start once with --repair to set the damaged remainder aside and go on from there.');
}

/** Overwrites the manager's counter for as long as it lives; a file system that hangs gets no second write on top. */
function showAlive(keeper: EpochKeeper, times: FencingTimes): () => void {
  let counter = 0;
  let isWriting = false;
  const timer = setInterval(() => {
    if (isWriting) return;
    isWriting = true;
    void keeper
      .writeCounter((counter += 1))
      .catch(() => undefined)
      .finally(() => (isWriting = false));
  }, times.managerCounterMs);
  return () => clearInterval(timer);
}
