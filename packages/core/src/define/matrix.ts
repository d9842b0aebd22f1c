import type { ParameterValue } from '../model/definition.ts';
import type { AxisSource, MatrixSource } from './experiment-schema.ts';
import type { ShapeIssue } from './check-shape.ts';

export type Combination = Readonly<Record<string, ParameterValue>>;

/** Scale target of the whole state; more is a mistake in a range. */
const mostCombinations = 1_000_000;

/**
 * Every combination of the axes, the last axis changing fastest, less those that an entry of `exclude` matches in all its
 * parameters, followed by the entries of `include`, each a combination of its own. Paths of issues begin in the matrix.
 */
export function expandMatrix(matrix: MatrixSource): {
  readonly combinations: readonly Combination[];
  readonly issues: readonly ShapeIssue[];
} {
  const { include = [], exclude = [], ...rest } = matrix;
  const axes = Object.entries(rest as Readonly<Record<string, AxisSource>>);
  const sizes = axes.map(([, axis]) => axisSize(axis));
  const count = axes.length === 0 ? 0 : sizes.reduce((product, size) => product * size, 1);
  const issues = [...rangeIssues(axes), ...excludeIssues(exclude, axes)];
  if (count + include.length > mostCombinations)
    issues.push(issue([], `the matrix has ${count + include.length} combinations, expected at most ${mostCombinations}`));
  if (issues.length > 0) return { combinations: [], issues };
  const excludes = (combination: Combination) =>
    exclude.some((entry) => Object.entries(entry).every(([key, value]) => combination[key] === value));
  const product = cartesian(
    axes.map(([key, axis]) => [key, axisValues(axis)] as const),
    count,
  );
  return {
    combinations: [...(exclude.length === 0 ? product : product.filter((combination) => !excludes(combination))), ...include],
    issues,
  };
}

function cartesian(axes: readonly (readonly [string, readonly ParameterValue[]])[], count: number): readonly Combination[] {
  return Array.from({ length: count }, (_, index) => {
    const combination: Record<string, ParameterValue> = Object.create(null);
    let rest = index;
    let stride = count;
    for (const [key, values] of axes) {
      stride /= values.length;
      const value = values[Math.floor(rest / stride)];
      rest %= stride;
      if (value !== undefined) combination[key] = value;
    }
    return combination;
  });
}

function axisSize(axis: AxisSource): number {
  if (Array.isArray(axis)) return axis.length;
  return Math.max(0, Math.floor((axis.to - axis.from) / (axis.step ?? 1) + rounding) + 1);
}

/** Both ends belong to a range. */
function axisValues(axis: AxisSource): readonly ParameterValue[] {
  if (Array.isArray(axis)) return axis;
  const { from, step = 1 } = axis;
  const isWhole = Number.isInteger(from) && Number.isInteger(step);
  return Array.from({ length: axisSize(axis) }, (_, index) =>
    isWhole ? from + index * step : Number((from + index * step).toPrecision(rangeDigits)),
  );
}

/** Fewer digits than a double has, so that 0.1 + 2 × 0.1 is 0.3 again. */
const rangeDigits = 12;
/** 0.3 / 0.1 is a little less than 3: a step that ends this close to the end reaches it. */
const rounding = 1e-9;

function rangeIssues(axes: readonly (readonly [string, AxisSource])[]): ShapeIssue[] {
  return axes.flatMap(([key, axis]) =>
    axisSize(axis) > 0 || Array.isArray(axis)
      ? []
      : [issue([key], `the range from ${axis.from} to ${axis.to} is empty, expected 'to' to be at least 'from'`)],
  );
}

function excludeIssues(exclude: readonly Combination[], axes: readonly (readonly [string, AxisSource])[]): ShapeIssue[] {
  const known = new Set(axes.map(([key]) => key));
  return exclude.flatMap((entry, index) =>
    Object.keys(entry).flatMap((key) =>
      known.has(key)
        ? []
        : [issue(['exclude', index, key], `exclude names '${key}', expected a parameter of the matrix: ${[...known].join(', ')}`)],
    ),
  );
}

function issue(path: readonly (string | number)[], message: string): ShapeIssue {
  return { path, at: path[0] === 'exclude' ? 'key' : 'value', severity: 'error', code: 'bad-matrix', message, hint: null };
}
