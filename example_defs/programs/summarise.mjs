#!/usr/bin/env node
/**
 * Averages the results of a sweep over its seeds and names the best parameters.
 *
 *     node summarise.mjs --results work/sweep
 *
 * Reads <results>/<run>/result.json; writes table.csv, table.txt and best.json to the working directory. Settings are
 * ranked by mean validation loss; those that lack a seed come last, and equal ones are ordered by their parameters, so
 * that the same results always give the same table. Needs Node 20.20 or newer, nothing else.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = 'usage: node summarise.mjs --results DIRECTORY (of an experiment)';

const results = readResults(parseArguments().results);
const rows = rank(results);
const table = aligned(rows);
const [best] = rows;
writeFileSync('table.csv', [Object.keys(best), ...rows.map(Object.values)].map((line) => `${line.join()}\n`).join(''));
writeFileSync('table.txt', table);
writeFileSync('best.json', `${JSON.stringify(best, null, 2)}\n`);
console.log(table);
console.log(
  `best of ${results.length} runs: learning rate ${best.lr}, regularisation ${best.reg}: ` +
    `validation loss ${best.validation_loss.toFixed(4)}, accuracy ${best.validation_accuracy.toFixed(3)}`,
);

function parseArguments() {
  try {
    const { values } = parseArgs({ options: { results: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
    if (values.help) {
      console.log(USAGE);
      process.exit();
    }
    if (!values.results) fail(`--results is missing\n${USAGE}`, 2);
    return values;
  } catch (error) {
    fail(`${error.message}\n${USAGE}`, 2);
  }
}

function readResults(directory) {
  const runs = existsSync(directory) ? readdirSync(directory).sort() : [];
  const paths = runs.map((run) => join(directory, run, 'result.json')).filter((path) => existsSync(path));
  if (paths.length === 0) fail(`no result.json below ${directory}/*/`);
  return paths.map((path) => JSON.parse(readFileSync(path, 'utf8')));
}

/** One row for each (lr, reg), best first. */
function rank(results) {
  const groups = new Map();
  for (const result of results) {
    const { lr, reg } = result.parameters;
    const key = `${lr} ${reg}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const rows = [...groups.values()].map((group) => ({
    lr: group[0].parameters.lr,
    reg: group[0].parameters.reg,
    seeds: group.length,
    validation_loss: average(group.map((result) => result.validation_loss)),
    validation_accuracy: average(group.map((result) => result.validation_accuracy)),
  }));
  return rows.sort((a, b) => b.seeds - a.seeds || a.validation_loss - b.validation_loss || a.lr - b.lr || a.reg - b.reg);
}

function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function aligned(rows) {
  const lines = [
    ['lr', 'reg', 'seeds', 'validation loss', 'accuracy'],
    ...rows.map((row) => [`${row.lr}`, `${row.reg}`, `${row.seeds}`, row.validation_loss.toFixed(4), row.validation_accuracy.toFixed(3)]),
  ];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => `${line.map((cell, column) => cell.padStart(widths[column])).join('  ')}\n`).join('');
}

function fail(text, exitCode = 1) {
  console.error(text);
  process.exit(exitCode);
}
