import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '@juqueue/core';
import { LocalNodes } from './local-nodes-worker.ts';
import type { LocalCall, LocalReply, LocalWorkerData } from './worker-messages.ts';

const port = parentPort;
assert(port !== null, 'this file is started as a worker');
const nodes = new LocalNodes(workerData as LocalWorkerData);

port.on('message', (call: LocalCall) => port.postMessage(answer(call)));

function answer(call: LocalCall): LocalReply {
  try {
    return { id: call.id, kind: 'answered', output: run(call) };
  } catch (error) {
    return { id: call.id, kind: 'threw', message: error instanceof Error ? error.message : String(error) };
  }
}

function run(call: LocalCall): unknown {
  switch (call.name) {
    case 'submit':
      return nodes.submit(call.input);
    case 'poll':
      return nodes.poll(call.input);
    case 'cancel':
      return nodes.cancel(call.input);
  }
}
