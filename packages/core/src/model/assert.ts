/** Throws when a promise of the code itself is broken. Stays on in production: a wrong ledger is worse than a stop. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`broken promise: ${message}`);
}

/** Makes a switch over a union exhaustive at compile time, and loud at run time. */
export function assertNever(value: never): never {
  throw new Error(`broken promise: unexpected ${JSON.stringify(value)}`);
}
