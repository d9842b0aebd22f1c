import { defaultEventRetention, defaultHubTimes, startHub } from '../../packages/hub/src/index.ts';

/** A hub as a process that can be killed: `hub-process.ts FOLDER PORT TIMES`. Says its address. */
const [folder = '', port = '0', times = '{}'] = process.argv.slice(2);
const hub = await startHub({
  version: '1.0.0',
  dataFolder: folder,
  listen: '127.0.0.1',
  port: Number(port),
  redis: null,
  tls: null,
  callbacks: { hosts: [], allowsPrivate: false },
  times: { ...defaultHubTimes, ...(JSON.parse(times) as Partial<typeof defaultHubTimes>) },
  adapters: [],
  retention: defaultEventRetention,
  tell: () => undefined,
});
process.stdout.write(`${JSON.stringify({ url: hub.url })}\n`);
