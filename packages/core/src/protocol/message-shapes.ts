import { containerRuntimes } from '../model/definition.ts';
import { stopCauses } from '../model/run-status.ts';
import type { Shape } from './shapes.ts';
import { anyOf, byKind, count, finite, flag, listOf, mapOf, nullOr, oneOf, optional, record, text } from './shapes.ts';

const stopCause = oneOf(stopCauses);

const usageShape = record({
  samples: count,
  cpuMs: finite,
  meanCores: finite,
  maxCores: finite,
  meanRssBytes: finite,
  maxRssBytes: finite,
  readBytes: finite,
  writtenBytes: finite,
  gpu: nullOr(record({ meanPercent: finite, maxPercent: finite, maxMemoryBytes: finite })),
});

export const attemptOutcomeShape: Shape = record({
  kind: oneOf(['exit', 'signal', 'out-of-memory', 'never-started', 'lost']),
  exitCode: nullOr(count),
  signal: nullOr(text),
  stopCause: nullOr(stopCause),
  startedAtMs: nullOr(finite),
  endedAtMs: finite,
  checkpointAtMs: nullOr(finite),
  progress: nullOr(finite),
  detail: text,
  usage: optional(usageShape),
  isBystander: optional(flag),
});

const attemptName = { run: text, attempt: count };

export const endedAttemptShape: Shape = record({ ...attemptName, outcome: attemptOutcomeShape });

const observationShape = record({
  attempt: count,
  progress: nullOr(finite),
  progressText: nullOr(text),
  checkpointAtMs: nullOr(finite),
  fileChangedAtMs: nullOr(finite),
  usage: optional(usageShape),
});

const heldAttemptShape = record({
  ...attemptName,
  phase: oneOf(['waiting', 'executing']),
  slots: listOf(count),
  pid: nullOr(count),
  startedAtMs: nullOr(finite),
});

/** One shape for each kind of message from a node. */
export const nodeMessageShapes: Readonly<Record<string, Shape>> = {
  hello: record({
    protocol: count,
    allocation: text,
    nonce: text,
    connection: optional(count),
    endedNonces: listOf(text),
    host: text,
    pid: count,
    slots: count,
    deadlineMs: nullOr(finite),
    clockMs: optional(finite),
    found: optional(record({ cpus: count, memoryBytes: count, devices: nullOr(count) })),
    held: listOf(heldAttemptShape),
    ended: listOf(endedAttemptShape),
  }),
  heartbeat: record({ number: count }),
  started: record({ ...attemptName, slots: listOf(count), pid: count, startedAtMs: finite }),
  ended: endedAttemptShape,
  observed: record({ observations: listOf(record({ run: text, observation: observationShape })) }),
  'stop-withdrawn': record(attemptName),
  ending: record({ cause: oneOf(['walltime', 'preempted']), deadlineMs: finite }),
  goodbye: record({ reason: text }),
};

const parameterValue = anyOf(text, finite, flag);

const checkpointShape = byKind({
  undeclared: record({}),
  none: record({}),
  assumed: record({}),
  every: record({ everyMs: finite }),
  signal: record({ signal: text, graceMs: finite, exitCode: count }),
});

const containerShape = record({
  runtime: oneOf(containerRuntimes),
  image: text,
  bind: listOf(text),
  input: nullOr(text),
  output: nullOr(text),
  gpu: nullOr(oneOf(['nvidia', 'rocm'])),
  network: oneOf(['host', 'none']),
  cleanEnv: flag,
  entrypoint: anyOf(flag, text),
  args: listOf(text),
});

const executorShape = record({
  env: mapOf(text),
  venv: nullOr(text),
  pythonSearchPath: listOf(text),
  prependScript: listOf(text),
  cuda: flag,
  cwd: optional(text),
  stdin: optional(text),
  umask: optional(text),
  loginShell: optional(flag),
  cpuBinding: optional(flag),
  container: optional(containerShape),
});

const startSpecShape = record({
  ...attemptName,
  attemptId: text,
  directory: text,
  cmd: listOf(text),
  parameters: mapOf(parameterValue),
  parameterFormat: oneOf(['argparse', 'eq']),
  executor: executorShape,
  checkpoint: checkpointShape,
  slotCount: count,
  timeLimitMs: nullOr(finite),
  graceMs: finite,
  cudaDevicesPerSlot: count,
  logLimitBytes: optional(count),
  gpus: nullOr(count),
  definitionHash: optional(text),
  isFresh: optional(flag),
  dependencyFolders: optional(mapOf(text)),
  cpus: optional(finite),
});

const onManagerLostShape = byKind({ finish: record({}), stop: record({ afterMs: finite }) });

/** One shape for each kind of message from the manager; the epoch is checked for all of them together. */
export const managerMessageShapes: Readonly<Record<string, Shape>> = {
  welcome: record({ protocol: count, times: mapOf(finite), idleTimeoutMs: finite, onManagerLost: optional(onManagerLostShape) }),
  refused: record({ code: text, message: text }),
  'heartbeat-answer': record({ number: count }),
  start: record({ slots: listOf(count), spec: startSpecShape }),
  stop: record({ ...attemptName, cause: stopCause, mode: oneOf(['save', 'end']), graceMs: finite }),
  'ended-acknowledged': record(attemptName),
  release: record({ reason: text }),
};
