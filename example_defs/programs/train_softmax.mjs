#!/usr/bin/env node
/**
 * Trains softmax regression on Fisher's iris, and may be stopped and started again at any time.
 *
 *     node train_softmax.mjs --lr 0.01 --reg 0.001 --seed 1
 *
 * The seed chooses the 75 flowers that are held out for validation. Files appear in the working directory, which
 * JuQueue makes the run's own:
 *
 *     checkpoint.json   epoch and weights; a restarted run goes on from here and ends with the same digits
 *     result.json       parameters, losses, accuracy, weights
 *
 * SIGUSR1, SIGTERM and Ctrl-C save a checkpoint and exit with 85. Needs Node 20.20 or newer, nothing else.
 *
 * For a training of your own replace the parts "data" and "model" and keep the shape of `train`.
 */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const CHECKPOINT_EXIT_CODE = 85; // sweep.yaml declares it: "saved, start me again"
const EPOCHS_PER_SLICE = 100; // a few milliseconds, then signals are looked at
const VALIDATION_FLOWERS = 75; // half of them: so few flowers to learn from that too little penalty shows
const IRIS = fileURLToPath(new URL('../data/iris.csv', import.meta.url));
const USAGE = `usage: node train_softmax.mjs --lr RATE --reg WEIGHT --seed SEED [options]

  --lr RATE                   learning rate
  --reg WEIGHT                weight of the L2 penalty
  --seed SEED                 chooses the flowers held out for validation
  --epochs EPOCHS             default 50000
  --checkpoint-every EPOCHS   default 5000
  --data FILE                 default ${IRIS}`;

let stopRequested = false;
for (const signal of ['SIGUSR1', 'SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    stopRequested = true;
  });
}
await main();

async function main() {
  const options = parseArguments();
  const { classes, flowers } = readFlowers(options.data);
  const { training, validation } = standardised(split(flowers, options.seed));
  await train(options, classes, training, validation);
}

function parseArguments() {
  const texts = readArguments();
  if (texts.help) {
    console.log(USAGE);
    process.exit();
  }
  const number = (name, isAllowed, description) => {
    const value = numberFrom(texts[name]);
    if (!isAllowed(value)) fail(`--${name} must be ${description}\n\n${USAGE}`, 2);
    return value;
  };
  const atLeast = (least) => (value) => Number.isSafeInteger(value) && value >= least;
  return {
    lr: number('lr', Number.isFinite, 'a number'),
    reg: number('reg', Number.isFinite, 'a number'),
    seed: number('seed', atLeast(0), 'a whole number, 0 or more'),
    epochs: number('epochs', atLeast(1), 'a whole number, 1 or more'),
    checkpointEvery: number('checkpoint-every', atLeast(1), 'a whole number, 1 or more'),
    data: texts.data,
  };
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        lr: { type: 'string' },
        reg: { type: 'string' },
        seed: { type: 'string' },
        epochs: { type: 'string', default: '50000' },
        'checkpoint-every': { type: 'string', default: '5000' },
        data: { type: 'string', default: IRIS },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    fail(`${error.message}\n\n${USAGE}`, 2);
  }
}

/** NaN for what is missing or empty, which Number() takes for 0. */
function numberFrom(text) {
  return text?.trim() ? Number(text) : NaN;
}

async function train(options, classes, training, validation) {
  const settings = { lr: options.lr, reg: options.reg, seed: options.seed };
  const saved = loadCheckpoint(settings, options.epochs);
  let epoch = saved?.epoch ?? 0;
  const weights = saved?.weights ?? initial(classes, training);
  if (epoch > 0) console.log(`resumed after epoch ${epoch}`);

  while (epoch < options.epochs) {
    descend(weights, training, options.lr, options.reg); // one step of your own training stands here
    epoch += 1;
    if (epoch % EPOCHS_PER_SLICE === 0) await setImmediate(); // signal handlers run only at such a pause
    if (stopRequested || epoch % options.checkpointEvery === 0) {
      const { loss } = evaluate(weights, training);
      saveCheckpoint({ settings, epoch, weights });
      reportProgress(epoch / options.epochs, `epoch ${epoch}, training loss ${loss.toFixed(4)}`);
    }
    if (stopRequested && epoch < options.epochs) {
      console.log(`asked to stop, saved epoch ${epoch}`);
      process.exit(CHECKPOINT_EXIT_CODE);
    }
  }

  const { loss, accuracy } = evaluate(weights, validation);
  replaceJson('result.json', {
    parameters: settings,
    epochs: epoch,
    training_loss: evaluate(weights, training).loss,
    validation_loss: loss,
    validation_accuracy: accuracy,
    classes,
    weights,
  });
  reportProgress(1, `validation loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(3)}`);
}

// --- data -----------------------------------------------------------------------------------------------------------

/** Species names in order of appearance, and for each flower its measurements and the index of its species. */
function readFlowers(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    fail(`cannot read ${path}: ${error.message}`);
  }
  const rows = text
    .trimEnd()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','));
  const classes = [...new Set(rows.map((row) => row.at(-1)))];
  const flowers = rows.map((row) => ({ inputs: row.slice(0, -1).map(numberFrom), label: classes.indexOf(row.at(-1)) }));
  const columns = flowers[0]?.inputs.length;
  const broken = flowers.findIndex(({ inputs }) => inputs.length !== columns || !inputs.every(Number.isFinite));
  if (broken >= 0) fail(`cannot read ${path}: line ${broken + 2} is not ${columns} numbers and a species name`);
  if (flowers.length <= VALIDATION_FLOWERS) fail(`${path} needs more than ${VALIDATION_FLOWERS} flowers`);
  return { classes, flowers };
}

/** Shuffles with a generator of its own (Park and Miller's), as Math.random() takes no seed. */
function split(flowers, seed) {
  const shuffled = [...flowers];
  let state = 1 + (seed % 2147483646);
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    state = (state * 48271) % 2147483647;
    const other = state % (last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
  }
  return { training: shuffled.slice(VALIDATION_FLOWERS), validation: shuffled.slice(0, VALIDATION_FLOWERS) };
}

/** Both sets with a leading 1 for the bias, scaled to mean 0 and deviation 1 of the training set. */
function standardised({ training, validation }) {
  const scales = training[0].inputs.map((_, column) => {
    const mean = average(training.map(({ inputs }) => inputs[column]));
    const deviation = Math.sqrt(average(training.map(({ inputs }) => (inputs[column] - mean) ** 2)));
    return { mean, deviation };
  });
  const scaled = ({ inputs, label }) => ({
    inputs: [1, ...scales.map(({ mean, deviation }, column) => (inputs[column] - mean) / deviation)],
    label,
  });
  return { training: training.map(scaled), validation: validation.map(scaled) };
}

function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// --- model ----------------------------------------------------------------------------------------------------------

/** One row of weights for each class, one column for each input, all 0. */
function initial(classes, flowers) {
  return classes.map(() => flowers[0].inputs.map(() => 0));
}

function probabilities(weights, inputs) {
  const scores = weights.map((row) => row.reduce((score, weight, column) => score + weight * inputs[column], 0));
  const highest = Math.max(...scores); // keeps exp() from overflowing
  const powers = scores.map((score) => Math.exp(score - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** One step of gradient descent over all flowers, in place; the bias is not penalised. */
function descend(weights, flowers, lr, reg) {
  const gradient = weights.map((row) => row.map(() => 0));
  for (const { inputs, label } of flowers) {
    probabilities(weights, inputs).forEach((probability, index) => {
      const excess = probability - (index === label ? 1 : 0);
      inputs.forEach((value, column) => {
        gradient[index][column] += excess * value;
      });
    });
  }
  weights.forEach((row, index) => {
    row.forEach((weight, column) => {
      const penalty = column === 0 ? 0 : reg * weight;
      row[column] -= lr * (gradient[index][column] / flowers.length + penalty);
    });
  });
}

/** Mean cross-entropy, and the share of flowers whose species is the likeliest. */
function evaluate(weights, flowers) {
  const chances = flowers.map(({ inputs }) => probabilities(weights, inputs));
  const loss = average(flowers.map(({ label }, index) => -Math.log(chances[index][label])));
  const hits = flowers.filter(({ label }, index) => chances[index].indexOf(Math.max(...chances[index])) === label);
  if (!Number.isFinite(loss)) fail('training diverged, try a smaller --lr');
  return { loss, accuracy: hits.length / flowers.length };
}

// --- what JuQueue sees; by hand its variables are not set and these do without --------------------------------------

/** Epoch and weights of an earlier attempt with the same settings, if there are any. */
function loadCheckpoint(settings, epochs) {
  let saved;
  try {
    saved = JSON.parse(readFileSync('checkpoint.json', 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  if (JSON.stringify(saved.settings) === JSON.stringify(settings) && saved.epoch <= epochs) return saved;
  console.log('checkpoint.json belongs to other settings, starting afresh');
  return undefined;
}

function saveCheckpoint(checkpoint) {
  replaceJson('checkpoint.json', checkpoint);
  tellJuQueue('JUQUEUE_CHECKPOINT_FILE', `epoch ${checkpoint.epoch}`);
}

/** Readers find the old file or the whole new one, even after a crash at this moment. */
function replaceJson(path, value) {
  const draft = `${path}.draft`;
  const file = openSync(draft, 'w');
  writeFileSync(file, `${JSON.stringify(value)}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, path);
}

function reportProgress(share, text) {
  console.log(`${Math.round(share * 100)}% ${text}`.padStart(5 + text.length));
  tellJuQueue('JUQUEUE_PROGRESS_FILE', `${share.toFixed(2)} ${text}`);
}

/** Ends the run; JuQueue shows the text beside it. */
function fail(text, exitCode = 1) {
  tellJuQueue('JUQUEUE_ERROR_FILE', text);
  console.error(text);
  process.exit(exitCode);
}

function tellJuQueue(variable, text) {
  if (process.env[variable]) writeFileSync(process.env[variable], `${text}\n`);
}
