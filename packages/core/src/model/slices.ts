/** The items in lists of at most `length`, in their order. */
export function* slices<T>(items: Iterable<T>, length: number): Generator<readonly T[], void, undefined> {
  let slice: T[] = [];
  for (const item of items) {
    slice.push(item);
    if (slice.length < length) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}
