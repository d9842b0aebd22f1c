/** One value at one place along a curve. */
export interface CurvePoint {
  readonly at: number;
  readonly value: number;
}

/** The curve as the path of an SVG of 100 by 100, from its first place to its last, zero at the bottom; and the same closed as an area. */
export function curvePath(points: readonly CurvePoint[], most: number): { readonly line: string; readonly area: string } {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return { line: '', area: '' };
  const span = Math.max(1, last.at - first.at);
  const top = Math.max(most, Number.MIN_VALUE);
  const placed = (points.length === 1 ? [first, { ...first, at: first.at + span }] : points).map(
    ({ at, value }) => `${round((100 * (at - first.at)) / span)} ${round(98 - (96 * value) / top)}`,
  );
  const line = `M${placed.join('L')}`;
  return { line, area: `${line}L100 100L0 100Z` };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
