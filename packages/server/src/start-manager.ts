import { hostname } from 'node:os';
import { join } from 'node:path';
import { hubExperiment } from '@juqueue/core';
import type { StopMode } from '@juqueue/core';
import { buildServer } from './app/build-server.ts';
import { AccessTokens } from './auth/access-tokens.ts';
import { Refusals } from './auth/refusals.ts';
import { openListeners } from './app/listeners.ts';
import { publicFolders } from './app/public-folders.ts';
import { describeDefinitions } from './definitions/describe-definitions.ts';
import { WatchedDefinitions } from './definitions/definitions-service.ts';
import { RunCleaner } from './clean/run-cleaner.ts';
import { Estimator } from './estimate/estimator.ts';
import { describeStop } from './describe-stop.ts';
import { FileLogReader } from './logs/log-reader.ts';
import type { ManagerOptions, RunningManager } from './manager-options.ts';
import { AgentKeeper } from './hub-agent/agent-keeper.ts';
import { Notifier } from './notify/notifier.ts';
import { openEngine } from './open-engine.ts';
import type { OpenEngine } from './open-engine.ts';
import { SiteAccounts } from './site-accounts.ts';
import { systemClock } from '@juqueue/http';

/**
 * Starts a manager: engine, definitions, interface, in this order; each step may refuse and then nothing is left behind.
 * Nobody is served before the definitions were read once.
 */
export async function startManager(options: ManagerOptions): Promise<RunningManager> {
  await using stack = new AsyncDisposableStack();
  await using early = new AsyncDisposableStack();
  // Read by another thread while this one folds the journal.
  const reading = Promise.withResolvers<WatchedDefinitions>();
  const opened: OpenEngine = stack.use(
    await openEngine(options, ({ workDir, log }) => {
      const definitions = early.use(
        new WatchedDefinitions({
          defDir: options.defDir,
          workDir,
          python: options.python,
          engine: () => opened.engine,
          clock: systemClock,
          log,
        }),
      );
      definitions.prepare();
      reading.resolve(definitions);
    }),
  );
  stack.use(early.move());
  const { engine, index, images, log, metrics, workDir, provisions } = opened;
  await engine.begin();

  const definitions = await reading.promise;
  let told = definitions.state;
  definitions.onChange((state) => {
    for (const sentence of describeDefinitions(told, state)) options.tell(sentence);
    told = state;
  });
  await definitions.start();
  engine.admitNodes();

  const ended = Promise.withResolvers<number>();
  void opened.superseded.then(() => ended.resolve(supersededExitCode));
  let stopping: Promise<void> | null = null;
  const agent = new AgentKeeper({ command: options.isReadOnly ? null : options.agentCommand, clock: systemClock, log });
  const stop = (mode: StopMode): Promise<void> => {
    // The engine makes more of an earlier 'leave' when this is a 'release'; both end with the same report.
    const report = engine.stop(mode);
    stopping ??= report.then((done) => {
      const { hub } = definitions.state;
      const jobs = hub === null || done.remainingNodes.length === 0 ? 0 : (engine.experiments.get(hubExperiment(hub))?.counts.running ?? 0);
      if (jobs > 0) agent.leave();
      options.tell(describeStop(done, jobs));
      ended.resolve(0);
    });
    return stopping;
  };

  const notifier = stack.use(
    new Notifier({
      engine,
      clock: systemClock,
      log,
      host: hostname(),
      workDir,
      defDir: options.defDir,
      privateDir: join(workDir, '.juqueue'),
    }),
  );
  notifier.define(definitions.state.notify);
  definitions.onChange(({ notify }) => notifier.define(notify));

  const tokens = new AccessTokens((pair) => provisions.writeTokens(pair));
  const logs = stack.use(new FileLogReader(workDir, systemClock));
  const app = await buildServer(
    {
      identity: { version: options.version, workDir, defDir: options.defDir, host: hostname(), pid: process.pid },
      isReadOnly: options.isReadOnly,
      engine,
      index,
      definitions,
      images,
      logs,
      clock: systemClock,
      log,
      refusals: new Refusals(systemClock),
      tokens,
      metrics,
      notifier,
      hubAgent: () => agent.view,
      cleaner: stack.use(new RunCleaner({ engine, workDir, clock: systemClock, log })),
      estimator: stack.use(new Estimator()),
      siteAccounts: new SiteAccounts(engine, { workDir, clock: systemClock, env: process.env, onCall: metrics.noteSlurmCall }),
      isStopping: () => stopping !== null,
      requestStop: stop,
    },
    { allowedHosts: options.allowedHosts, listen: options.listen },
    publicFolders(import.meta.url),
  );
  stack.defer(() => app.close());
  const listeners = stack.use(
    await openListeners(app, {
      ...options,
      secretsDir: opened.secretsDir,
      runtimeDir: process.env['XDG_RUNTIME_DIR'] ?? null,
      uid: opened.uid,
    }),
  );
  const url = listeners.port === null ? null : `http://localhost:${listeners.port}`;
  await tokens.publish();
  await provisions.writeServer({
    version: options.version,
    host: hostname(),
    pid: process.pid,
    url,
    socketPath: listeners.socketPath,
    secretsDir: opened.secretsDir,
    defDir: options.defDir,
    listen: options.listen,
    allowedHosts: options.allowedHosts,
  });

  stack.use(agent).define(definitions.state.hub);
  definitions.onChange(({ hub }) => agent.define(hub));

  const open = stack.move();
  const done = ended.promise.then(async (code) => {
    await open.disposeAsync();
    return code;
  });
  return { url, socketPath: listeners.socketPath, token: tokens.full, stop, done };
}

/** A process that lost its work-dir to another manager has failed, but not by its own fault. */
const supersededExitCode = 3;
