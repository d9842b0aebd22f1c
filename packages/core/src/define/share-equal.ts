/**
 * Answers the first of equal values, so that thousands of runs that say the same share one object: in memory, and when they
 * cross from the worker to the main thread.
 */
export type ShareEqual = <T extends object>(value: T) => T;

export function shareEqual(): ShareEqual {
  const known = new Map<string, object>();
  return <T extends object>(value: T): T => {
    const key = JSON.stringify(value);
    const first = known.get(key);
    if (first === undefined) known.set(key, value);
    return (first ?? value) as T;
  };
}
