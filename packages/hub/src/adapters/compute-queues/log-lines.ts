const newline = 0x0a;

export interface WholeLines {
  readonly lines: readonly string[];
  /** Bytes that they take: the next part begins behind them. */
  readonly taken: number;
}

/** The lines of a part of a log. What stands behind the last line end is left for the next part, unless there will be none or the part is full. */
export function wholeLines(bytes: Uint8Array, isLastPart: boolean): WholeLines {
  const end = bytes.lastIndexOf(newline) + 1;
  const taken = isLastPart ? bytes.length : end;
  const lines = new TextDecoder()
    .decode(bytes.subarray(0, taken))
    .split('\n')
    .filter((line) => line !== '');
  return { lines, taken };
}
