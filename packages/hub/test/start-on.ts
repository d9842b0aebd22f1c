import { JuqueueError } from '@juqueue/core';
import { defaultEventRetention, startHub } from '../src/index.ts';

/** Starts a hub on the folder of the first argument and says which code kept it from starting. */
const dataFolder = process.argv[2] ?? '';
try {
  await startHub({
    version: '1',
    dataFolder,
    listen: '127.0.0.1',
    port: 0,
    redis: null,
    tls: null,
    callbacks: { hosts: [], allowsPrivate: false },
    adapters: [],
    retention: defaultEventRetention,
    times: null,
    tell: () => undefined,
  });
} catch (error) {
  console.log(error instanceof JuqueueError ? error.problem.code : String(error));
  process.exit(3);
}
