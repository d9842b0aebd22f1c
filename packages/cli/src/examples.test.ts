import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createReferenceProgram } from '../test/command-reference.ts';
import { examples, exampleText } from './examples.ts';

const commands = createReferenceProgram().commands;

test('every command has examples, and there are none of others', () => {
  expect(Object.keys(examples).sort()).toEqual(commands.map((command) => command.name()).sort());
});

test.each(Object.entries(examples).flatMap(([verb, own]) => own.map(({ command }) => [verb, command] as const)))(
  '%s: %s has options that exist, and as many arguments as are needed',
  (verb, text) => {
    expectToParse(verb, text);
  },
);

test.each(['agent', 'laptop'])('commands that docs/%s.md shows have options that exist, and as many arguments as are needed', (page) => {
  const text = readFileSync(new URL(`../../../docs/${page}.md`, import.meta.url), 'utf8');
  const shown = [...text.matchAll(/`(juqueue [^`]+)`|^\$ (juqueue .+)$/gm)].flatMap(([, inText, inConsole]) =>
    (inText ?? inConsole ?? '').split(', ').filter((command) => command.startsWith('juqueue ')),
  );
  expect(shown.length).toBeGreaterThan(5);
  for (const command of shown) expectToParse(command.split(' ')[1] ?? '', command);
});

function expectToParse(verb: string, text: string): void {
  const command = commands.find((candidate) => candidate.name() === verb);
  const [program, ...words] = wordsOf(text);
  const rest = words[0] === verb ? words.slice(1) : words;
  const { operands, unknown } = command?.parseOptions(rest) ?? { operands: [], unknown: ['no command'] };
  expect([program, text, unknown]).toEqual(['juqueue', text, []]);
  expect(operands.length).toBeGreaterThanOrEqual(command?.registeredArguments.filter(({ required }) => required).length ?? 0);
}

test('the help of a command ends with them', () => {
  expect(exampleText('drain')).toBe(
    '\nExamples:\n  juqueue drain gpu-17\n  juqueue drain gpu-17 --now\n      its runs are stopped first\n  juqueue drain gpu-17 --undo',
  );
});

/** As a shell reads it, up to a redirection. */
function wordsOf(text: string): readonly string[] {
  const command = text.split(' > ')[0] ?? '';
  return [...command.matchAll(/'([^']*)'|\S+/g)].map(([whole, quoted]) => quoted ?? whole);
}
