import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { AdapterName, HubOptions } from '@juqueue/hub';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';
import { requireManagerNode } from '../server/manager-bundle.ts';

/** The options of a hub as the command line gives them. */
export interface HubVerbOptions {
  readonly data?: string;
  readonly listen: string;
  readonly port: string;
  readonly redis?: string;
  readonly redisPasswordFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly callbackHost?: string[];
  readonly allowPrivateCallbacks?: boolean;
  readonly adapter?: string[];
  readonly keepDays: string;
  readonly keepEvents: string;
}

/** Serves a hub until it is asked to end. */
export async function hub(terminal: Terminal, options: HubVerbOptions, version: string): Promise<number> {
  requireManagerNode();
  // Whatever the hub writes is closed to others.
  process.umask(0o077);
  const loaded = await import('@juqueue/hub');
  const tell = (sentence: string): void => terminal.err(sentence);
  const { redis, redisPasswordFile } = options;
  const password = redisPasswordFile === undefined ? null : await loaded.readPrivateFile(resolve(redisPasswordFile));
  const wanted: HubOptions = {
    version,
    dataFolder: dataFolder(options),
    listen: options.listen,
    port: port(options.port),
    redis: redis === undefined ? null : loaded.parseRedisAddress(redis, password),
    tls: await tlsFiles(options),
    callbacks: { hosts: options.callbackHost ?? [], allowsPrivate: options.allowPrivateCallbacks === true },
    adapters: (options.adapter ?? []).map((name) => adapterName(name, loaded.adapterNames)),
    retention: { keptMs: count('--keep-days', options.keepDays) * 24 * 3_600_000, most: count('--keep-events', options.keepEvents) },
    times: null,
    tell,
  };
  // From here on a signal finds a handler: the hub would leave its Redis behind.
  const asked = untilAsked();
  const running = await loaded.startHub(wanted);
  terminal.out(`The hub answers at ${running.url}; its interface is described at ${running.url}/docs.\n`);
  if (running.managerKeyFile !== null) terminal.out(`The key of its first manager is in ${running.managerKeyFile}.\n`);
  await asked;
  tell('Stopping.');
  await running[Symbol.asyncDispose]();
  return exitCodes.ok;
}

function dataFolder({ data }: HubVerbOptions): string {
  if (data === undefined)
    throw new CommandError(
      exitCodes.usage,
      'JQ_BAD_REQUEST',
      'A hub needs --data, the folder in which it keeps everything.',
      'For example: juqueue hub --data ./hub',
    );
  return resolve(data);
}

function adapterName(name: string, known: readonly AdapterName[]): AdapterName {
  const found = known.find((each) => each === name);
  if (found === undefined)
    throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `--adapter is '${name}', expected one of ${known.join(', ')}.`);
  return found;
}

function port(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `--port is '${text}', expected a number from 0 to 65535.`);
}

function count(name: string, text: string): number {
  if (/^[1-9]\d{0,11}$/.test(text)) return Number(text);
  throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `${name} is '${text}', expected a whole number from 1.`);
}

async function tlsFiles({ tlsCert, tlsKey }: HubVerbOptions): Promise<HubOptions['tls']> {
  if (tlsCert === undefined && tlsKey === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new CommandError(
      exitCodes.usage,
      'JQ_BAD_REQUEST',
      `--tls-${tlsCert === undefined ? 'cert' : 'key'} is missing: certificate and key come together.`,
    );
  const [cert, key] = await Promise.all([readFile(resolve(tlsCert)), readFile(resolve(tlsKey))]);
  return { cert, key };
}

/** Resolves with the first SIGINT or SIGTERM; a second one ends at once. */
function untilAsked(): Promise<void> {
  return new Promise((done) => {
    const onSignal = (): void => {
      done();
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(exitCodes.interrupted)).off(name, onSignal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}
