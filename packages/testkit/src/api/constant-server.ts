import { monitorEventLoopDelay } from 'node:perf_hooks';
import Fastify from 'fastify';

/**
 * The yardstick of the interface: fastify that answers a constant of so many bytes, and an idle event loop, in a process of
 * their own. Told of by IPC: `{ port }` when it listens, `{ delayMs }` (p99) for each message.
 */
const constant = JSON.stringify({ text: 'x'.repeat(Number(process.argv[2] ?? 40_000)) });
const app = Fastify();
app.get('/', async (_request, reply) => reply.type('application/json').send(constant));
await app.listen({ port: 0, host: '127.0.0.1' });
const address = app.server.address();
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
// The histogram counts the wait for the timer itself.
process.on('message', () => process.send?.({ delayMs: Math.max(0, delay.percentile(99) / 1e6 - 10) }));
process.send?.({ port: typeof address === 'object' ? address?.port : null });
