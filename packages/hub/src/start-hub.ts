import { join } from 'node:path';
import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import { assert, JuqueueError } from '@juqueue/core';
import type { Clock, Log } from '@juqueue/core';
import { AdapterNotes } from './adapters/adapter-notes.ts';
import { addAdapters } from './adapters/add-adapters.ts';
import { openAccess } from './access/access.ts';
import type { Access } from './access/access.ts';
import { openArtifacts } from './artifacts/artifacts.ts';
import { buildHubServer } from './http/build-hub-server.ts';
import type { HubOptions, RunningHub } from './hub-options.ts';
import { Hub } from './hub.ts';
import { defaultHubTimes } from './model/hub-times.ts';
import { PrivateRedis } from './redis/private-redis.ts';
import { connectionOf } from './redis/redis-address.ts';
import type { RedisPlace } from './redis/redis-address.ts';
import { hubLog } from './hub-log.ts';
import { HubStore } from './store/hub-store.ts';
import { systemClock } from '@juqueue/http';
import { webhookKey } from './webhooks/webhook-key.ts';

const redisAnswerMs = 10_000;
/** Larger ones are left in place and referred to. */
const largestFileBytes = 64 * 1_024 ** 3;

/**
 * Starts a hub on a data folder. Throws what keeps it from starting: JQ_DATA_DIR_LOCKED, JQ_REDIS_MISSING,
 * JQ_REDIS_UNAVAILABLE, JQ_TLS_NEEDED, JQ_PORT_TAKEN.
 */
export async function startHub(options: HubOptions): Promise<RunningHub> {
  checkListen(options);
  const clock = systemClock;
  await using parts = new AsyncDisposableStack();
  const log = hubLog();
  const store = parts.use(
    await HubStore.open(options.dataFolder, (trouble) =>
      log.warn(trouble === null ? 'the record is written again' : `the record cannot be written: ${trouble}`),
    ),
  );
  const { access, managerKeyFile } = parts.use(await openAccess(options.dataFolder, clock));
  const own = options.redis === null ? parts.use(await PrivateRedis.start(options.dataFolder, log)) : null;
  const redis = options.redis ?? own?.place;
  assert(redis !== undefined, 'a hub without a Redis has started one');
  await checkRedis(redis);
  const hub = parts.use(await openHub(options, store, access, redis, clock, log));
  const noteTrouble = (error: unknown): void => log.warn(`artifacts that nobody needs were not removed: ${String(error)}`);
  const { artifacts } = parts.use(
    await openArtifacts(
      options.dataFolder,
      clock,
      { maxFileBytes: largestFileBytes, neededBy: (id) => store.read.call('openJobTaking', id) },
      noteTrouble,
    ),
  );
  const identity = { version: options.version, startedAtMs: clock.nowMs() };
  const app = await buildHubServer({ hub, access, artifacts, identity, log }, options.tls);
  if (options.adapters.length > 0) {
    const notes = parts.use(new AdapterNotes(join(options.dataFolder, 'adapters.sqlite')));
    await addAdapters(app, options.adapters, { hub, access, artifacts, notes });
  }
  parts.defer(() => app.close());
  const url = await listen(app, options);
  const running = parts.move();
  return { url, managerKeyFile, redisPid: own?.pid ?? null, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function openHub(
  { dataFolder, callbacks, times, retention }: HubOptions,
  store: HubStore,
  access: Access,
  redis: RedisPlace,
  clock: Clock,
  log: Log,
): Promise<Hub> {
  return Hub.open({
    store,
    redis,
    logsFolder: join(dataFolder, 'logs'),
    callbacks,
    webhookKey: await webhookKey(join(dataFolder, 'webhooks.key')),
    mayOffer: () => !access.killSwitch.state.isClosed,
    clock,
    times: times ?? defaultHubTimes,
    retention,
    log,
  });
}

/** Keys and results do not travel in the clear. */
function checkListen({ listen, tls }: HubOptions): void {
  const isLoopback = listen === 'localhost' || listen === '::1' || (isIP(listen) === 4 && listen.startsWith('127.'));
  if (tls !== null || isLoopback) return;
  throw new JuqueueError(
    'JQ_TLS_NEEDED',
    `--listen is ${listen}, which others can reach, and there is no certificate.`,
    'Give --tls-cert and --tls-key, or let a proxy on this machine speak HTTPS and leave --listen at 127.0.0.1.',
  );
}

async function checkRedis(redis: RedisPlace): Promise<void> {
  const client = new Redis({ ...connectionOf(redis), lazyConnect: true, connectTimeout: redisAnswerMs, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw new JuqueueError(
      'JQ_REDIS_UNAVAILABLE',
      `Redis does not answer: ${error instanceof Error ? error.message : String(error)}.`,
      'Check --redis and --redis-password-file.',
    );
  } finally {
    client.disconnect();
  }
}

async function listen(app: Awaited<ReturnType<typeof buildHubServer>>, { listen: host, port }: HubOptions): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw new JuqueueError(
      'JQ_PORT_TAKEN',
      `Port ${port} of ${host} cannot be opened: ${error instanceof Error ? error.message : String(error)}.`,
      'Name another one with --port.',
    );
  }
}
