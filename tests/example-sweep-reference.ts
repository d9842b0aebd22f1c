/** What the example sweep must find, computed from iris.csv without the example's own programs. */

export type Flower = { readonly inputs: readonly number[]; readonly species: number };

export type SweepMatrix = {
  readonly lr: readonly number[];
  readonly reg: readonly number[];
  readonly seed: readonly number[];
};

export type SweepParameters = { readonly lr: number; readonly reg: number; readonly seed: number };

export type ReferenceRun = SweepParameters & { readonly validationLoss: number; readonly validationAccuracy: number };

/** Means over the seeds of one (lr, reg). */
export type ReferenceSetting = {
  readonly lr: number;
  readonly reg: number;
  readonly seeds: number;
  readonly validationLoss: number;
  readonly validationAccuracy: number;
};

export type SweepReference = {
  /** In the order of the matrix, the last parameter fastest. */
  readonly runs: readonly ReferenceRun[];
  /** Lowest validation loss first. */
  readonly table: readonly ReferenceSetting[];
  readonly best: ReferenceSetting;
};

const EPOCHS = 50_000;
const VALIDATION_FLOWERS = 75;
const SPECIES = ['setosa', 'versicolor', 'virginica'] as const;

/**
 * All runs of the sweep and the ranking of its settings.
 *
 * Takes a few seconds for 27 runs. Losses agree with the example's to rounding (well within 1e-9 relative): the loss is
 * convex and the last steps contract, so that differences of the last digit do not grow.
 */
export function sweepReference(irisCsv: string, matrix: SweepMatrix): SweepReference {
  const flowers = parseIris(irisCsv);
  const runs = combinations(matrix).map((parameters) => referenceRun(flowers, parameters));
  const table = matrix.lr
    .flatMap((lr) => matrix.reg.map((reg) => meanOverSeeds(runs.filter((run) => run.lr === lr && run.reg === reg))))
    .sort((a, b) => a.validationLoss - b.validationLoss);
  return { runs, table, best: at(table, 0) };
}

/** Every combination of the matrix, the last parameter fastest. */
export function combinations(matrix: SweepMatrix): readonly SweepParameters[] {
  return matrix.lr.flatMap((lr) => matrix.reg.flatMap((reg) => matrix.seed.map((seed) => ({ lr, reg, seed }))));
}

/** Flowers in the file's order. Throws on a species that is none of Fisher's three. */
export function parseIris(csv: string): readonly Flower[] {
  const [, ...lines] = csv.trimEnd().split('\n');
  return lines.map((line) => {
    const cells = line.split(',');
    const species = SPECIES.findIndex((name) => name === cells.at(-1));
    if (species < 0) throw new Error(`unknown species in "${line}"`);
    return { inputs: cells.slice(0, -1).map(Number), species };
  });
}

function referenceRun(flowers: readonly Flower[], parameters: SweepParameters): ReferenceRun {
  const shuffled = shuffle(flowers, parameters.seed);
  const rawTraining = shuffled.slice(VALIDATION_FLOWERS);
  const standardise = standardiserOf(rawTraining);
  const training = rawTraining.map(standardise);
  const validation = shuffled.slice(0, VALIDATION_FLOWERS).map(standardise);

  const weights = trainedWeights(training, parameters);
  let loss = 0;
  let hits = 0;
  for (const { inputs, species } of validation) {
    const scores = scoresOf(weights, inputs);
    const highest = Math.max(...scores);
    const logTotal = highest + Math.log(scores.reduce((total, score) => total + Math.exp(score - highest), 0));
    loss += logTotal - at(scores, species);
    if (scores.indexOf(highest) === species) hits += 1;
  }
  return {
    ...parameters,
    validationLoss: loss / validation.length,
    validationAccuracy: hits / validation.length,
  };
}

/** Fisher-Yates from the end, driven by the Park-Miller generator x -> 48271 x mod 2^31-1 started at seed + 1. */
function shuffle(flowers: readonly Flower[], seed: number): readonly Flower[] {
  const shuffled = [...flowers];
  let state = BigInt(seed) + 1n;
  for (let open = shuffled.length; open > 1; open -= 1) {
    state = (state * 48271n) % 0x7fffffffn;
    const chosen = Number(state % BigInt(open));
    const [flower] = shuffled.splice(chosen, 1, at(shuffled, open - 1));
    if (flower !== undefined) shuffled[open - 1] = flower;
  }
  return shuffled;
}

/** Maps a flower to deviations from the training mean, in units of the training deviation (divisor n). */
function standardiserOf(training: readonly Flower[]): (flower: Flower) => Flower {
  const columns = at(training, 0).inputs.map((_, column) => training.map((flower) => at(flower.inputs, column)));
  const means = columns.map(mean);
  const deviations = columns.map((values, column) => Math.sqrt(mean(values.map((value) => (value - at(means, column)) ** 2))));
  return ({ inputs, species }) => ({
    inputs: inputs.map((value, column) => (value - at(means, column)) / at(deviations, column)),
    species,
  });
}

type Weights = { readonly bias: readonly number[]; readonly slopes: readonly (readonly number[])[] };

/**
 * Full gradient descent from zero on mean cross-entropy + reg/2 · |slopes|².
 *
 * Flat arrays of floats, row after row, because these loops are nearly all of the reference's time.
 */
function trainedWeights(training: readonly Flower[], { lr, reg }: SweepParameters): Weights {
  const width = at(training, 0).inputs.length;
  const kinds = SPECIES.length;
  const inputs = Float64Array.from(training.flatMap((flower) => flower.inputs));
  const targets = Float64Array.from(training.flatMap(({ species }) => SPECIES.map((_, kind) => (kind === species ? 1 : 0))));
  const bias = new Float64Array(kinds);
  const slopes = new Float64Array(kinds * width);
  const residuals = new Float64Array(training.length * kinds);
  for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
    for (let flower = 0; flower < training.length; flower += 1) {
      let total = 0;
      for (let kind = 0; kind < kinds; kind += 1) {
        let score = numberAt(bias, kind);
        for (let column = 0; column < width; column += 1) {
          score += numberAt(inputs, flower * width + column) * numberAt(slopes, kind * width + column);
        }
        const power = Math.exp(score);
        residuals[flower * kinds + kind] = power;
        total += power;
      }
      for (let cell = flower * kinds; cell < (flower + 1) * kinds; cell += 1) {
        residuals[cell] = numberAt(residuals, cell) / total - numberAt(targets, cell);
      }
    }
    for (let kind = 0; kind < kinds; kind += 1) {
      let biasGradient = 0;
      for (let flower = 0; flower < training.length; flower += 1) biasGradient += numberAt(residuals, flower * kinds + kind);
      bias[kind] = numberAt(bias, kind) - (lr * biasGradient) / training.length;
      for (let column = 0; column < width; column += 1) {
        let gradient = 0;
        for (let flower = 0; flower < training.length; flower += 1) {
          gradient += numberAt(residuals, flower * kinds + kind) * numberAt(inputs, flower * width + column);
        }
        const cell = kind * width + column;
        slopes[cell] = numberAt(slopes, cell) * (1 - lr * reg) - (lr * gradient) / training.length;
      }
    }
  }
  return {
    bias: [...bias],
    slopes: SPECIES.map((_, kind) => [...slopes.subarray(kind * width, (kind + 1) * width)]),
  };
}

function scoresOf({ bias, slopes }: Weights, inputs: readonly number[]): readonly number[] {
  return slopes.map((row, kind) => {
    let score = at(bias, kind);
    for (let column = 0; column < inputs.length; column += 1) score += at(inputs, column) * at(row, column);
    return score;
  });
}

function meanOverSeeds(runs: readonly ReferenceRun[]): ReferenceSetting {
  const { lr, reg } = at(runs, 0);
  return {
    lr,
    reg,
    seeds: runs.length,
    validationLoss: mean(runs.map((run) => run.validationLoss)),
    validationAccuracy: mean(runs.map((run) => run.validationAccuracy)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`index ${index} of ${values.length}`);
  return value;
}

/** As `at`, apart from it so that the engine compiles it for this one kind of array. */
function numberAt(values: Float64Array, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`index ${index} of ${values.length}`);
  return value;
}
