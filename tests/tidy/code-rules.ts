import ts from 'typescript';
import { pureFolderOf } from './import-rules.ts';
import { isTest, lineOf, walk } from './source-files.ts';
import type { SourceFile } from './source-files.ts';

/** What a decision must not use, and what it uses instead. Expressions are compared as they are written. */
const banned: Readonly<Record<string, string>> = {
  'Date.now': 'the instant that is passed in',
  'performance.now': 'the instant that is passed in',
  'Math.random': 'ids and order; ties break by id',
  'crypto.randomUUID': 'names that are passed in',
  setTimeout: 'wakeAtMs in the answer',
  setInterval: 'wakeAtMs in the answer',
  setImmediate: 'wakeAtMs in the answer',
  queueMicrotask: 'a plain call',
  fetch: 'values that are passed in',
  console: 'a sentence in the answer',
  process: 'values that are passed in',
};

/** Waiting, clocks, randomness, output in the folders that only think. */
export function impureCodeFaults(file: SourceFile): readonly string[] {
  const folder = pureFolderOf(file.path);
  if (folder === null) return [];
  return [...walk(file.tree)].flatMap((node) => {
    const found = impureWord(node);
    return found === null ? [] : [`${file.path}:${lineOf(file, node)}: ${found.word} is banned in ${folder}/, use ${found.instead}`];
  });
}

function impureWord(node: ts.Node): { readonly word: string; readonly instead: string } | null {
  if (ts.isAwaitExpression(node)) return { word: 'await', instead: 'values that are there already' };
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return { word: 'async', instead: 'a plain function' };
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0)
    return { word: 'new Date()', instead: 'the instant that is passed in' };
  if (ts.isPropertyAccessExpression(node)) {
    const instead = banned[node.getText()];
    return instead === undefined ? null : { word: node.getText(), instead };
  }
  if (!ts.isIdentifier(node) || !isUse(node)) return null;
  const instead = Object.hasOwn(banned, node.text) ? banned[node.text] : undefined;
  return instead === undefined ? null : { word: node.text, instead };
}

/** Whether the identifier stands for a global value, not for the name of a property, parameter or type. */
function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  return ts.isCallExpression(parent) && parent.expression === node;
}

/** `any`, and `!` that only asserts. Tests may assert: what they assume they check. */
export function typeHoleFaults(file: SourceFile): readonly string[] {
  return [...walk(file.tree)].flatMap((node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword && !isTest(file.path))
      return [`${file.path}:${lineOf(file, node)}: any is banned, use unknown and narrow it`];
    if (ts.isNonNullExpression(node) && !isTest(file.path))
      return [`${file.path}:${lineOf(file, node)}: ! is banned, use assert() or a value for the other case`];
    return [];
  });
}

/** What a package offers is said name by name. */
export function exportStarFaults(file: SourceFile): readonly string[] {
  return file.tree.statements
    .filter((statement) => ts.isExportDeclaration(statement) && statement.exportClause === undefined)
    .map((statement) => `${file.path}:${lineOf(file, statement)}: export * is banned, name what is exported`);
}

/** What is left to do stands in an issue, where somebody finds it. */
export function leftoverFaults(file: SourceFile): readonly string[] {
  return file.tree.text.split('\n').flatMap((text, index) => {
    const word = /\b(?:TO[D]O|FIX[M]E)\b/.exec(text)?.[0];
    return word === undefined ? [] : [`${file.path}:${index + 1}: ${word} is banned here, do it or open an issue`];
  });
}

/** A fake stands for a part of the world behind a port, not for a module. */
export function moduleMockFaults(file: SourceFile): readonly string[] {
  return [...walk(file.tree)]
    .filter((node) => ts.isCallExpression(node) && /^vi\.(do)?[mM]ock$/.test(node.expression.getText(file.tree)))
    .map((node) => `${file.path}:${lineOf(file, node)}: module mocks are banned, use a fake that implements the port`);
}
