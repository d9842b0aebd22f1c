/** Node-seconds as node-hours, the unit of bills: `0.012`, `3.500`, `1204.250`. */
export function nodeHours(nodeSeconds: number): string {
  return (nodeSeconds / 3_600).toFixed(3);
}

/** For sentences: `1204.250 node-hours`, or `87 node-seconds` where hours would only show zeros. */
export function nodeTime(nodeSeconds: number): string {
  return nodeSeconds < 360 ? `${Math.round(nodeSeconds)} node-seconds` : `${nodeHours(nodeSeconds)} node-hours`;
}

/** A part of a whole: `91 %`, `0.4 %`; a dash for the part of nothing. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '-';
  const value = (100 * part) / whole;
  return `${value > 0 && value < 1 ? value.toFixed(1) : String(Math.round(value))} %`;
}
