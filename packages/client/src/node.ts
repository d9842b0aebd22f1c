export { describePlace, nodeTransport } from './node-transport.ts';
export type { ServerPlace } from './node-transport.ts';
