import { fileURLToPath } from 'node:url';
import type { CallPlace } from '@juqueue/core';

/** Frames that are looked through for the user's file: helpers between it and us are few. */
const deepestCall = 16;

const places = new WeakMap<object, CallPlace>();
const experiments = new WeakSet<object>();
let currentFile = '';

/** Calls are placed in this file (an absolute path) from now on. */
export function placeCallsIn(file: string): void {
  currentFile = file;
}

/** Where `run` or `defineExperiment` was called for this object. */
export function placeOf(value: unknown): CallPlace | null {
  return typeof value === 'object' && value !== null ? (places.get(value) ?? null) : null;
}

/** A run, remembered with the place of this call. */
export function run<T extends object>(definition: T): T {
  return remember(definition, run);
}

/** An experiment, for `export default`. */
export function defineExperiment<T extends object>(definition: T): T {
  const remembered = remember(definition, defineExperiment);
  if (typeof remembered === 'object' && remembered !== null) experiments.add(remembered);
  return remembered;
}

function remember<T extends object>(definition: T, call: (definition: T) => T): T {
  const place = callPlace(call);
  if (place !== null && typeof definition === 'object' && definition !== null) places.set(definition, place);
  return definition;
}

/** The innermost frame of the user's file among the callers of `call`. */
function callPlace(call: (...given: never[]) => unknown): CallPlace | null {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = deepestCall;
  Error.prepareStackTrace = (_, frames) => frames;
  const holder: { stack?: unknown } = {};
  Error.captureStackTrace(holder, call);
  const frames = Array.isArray(holder.stack) ? (holder.stack as NodeJS.CallSite[]) : [];
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  const frame = frames.find((candidate) => pathOf(candidate.getFileName()) === currentFile);
  const line = frame?.getLineNumber() ?? null;
  return line === null ? null : [line, frame?.getColumnNumber() ?? null];
}

/** Modules are named by URL, CommonJS files by path. */
export function pathOf(name: string | null | undefined): string | null {
  if (name == null) return null;
  return name.startsWith('file:') ? fileURLToPath(name) : name;
}
