import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

export const root = join(import.meta.dirname, '..', '..');

/** One import or re-export of a source file. `isTypeOnly` ones vanish when the program runs. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly isTypeOnly: boolean;
  /** By `import()`, or only looked up by `import.meta.resolve()`. */
  readonly isDynamic: boolean;
}

export interface SourceFile {
  /** Relative to the root of the tree. */
  readonly path: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
  readonly lineCount: number;
}

/** Every TypeScript source of the packages, tests and the scripts of Svelte components included. */
export function readSourceFiles(): readonly SourceFile[] {
  return globSync('packages/*/{src,test,bench}/**/*.{ts,svelte}', { cwd: root }).sort().map(readSourceFile);
}

/** What stands beside them: starters and builds of the packages, scripts, tests of the whole. */
export function readOtherFiles(): readonly SourceFile[] {
  const patterns = ['packages/*/*.mjs', 'packages/*/bin/*.js', 'scripts/**/*.{ts,mjs}', 'tests/**/*.ts', '*.ts'];
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .sort()
    .map(readSourceFile);
}

export function readSourceFile(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  return path.endsWith('.svelte')
    ? { ...parseSourceFile(path, scriptOf(text)), lineCount: text.split('\n').length - 1 }
    : parseSourceFile(path, text);
}

/** The script of a Svelte component at its own lines, with everything else left blank. */
function scriptOf(text: string): string {
  const [all, script = ''] = /<script lang="ts">(.*?)<\/script>/s.exec(text) ?? [''];
  const linesBefore = text.slice(0, text.indexOf(all)).split('\n').length - 1;
  return '\n'.repeat(linesBefore) + script;
}

export function parseSourceFile(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return { path, tree, imports: [...importsOf(tree)], lineCount: text.split('\n').length - 1 };
}

/** `packages/server/src/x.ts` → `server`. */
export function packageOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** Tests, what they share (contracts, the exploration of the fencing rules), and measurements. */
export function isTest(path: string): boolean {
  return /\.test\.ts$|-contract\.ts$|^packages\/[^/]+\/(test|bench)\/|\/exploration\//.test(path) || packageOf(path) === 'testkit';
}

/** The file that a relative import leads to. */
export function resolveRelative(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier));
}

export function lineOf(file: SourceFile, node: ts.Node): number {
  return file.tree.getLineAndCharacterOfPosition(node.getStart(file.tree)).line + 1;
}

/** All nodes of the tree, outermost first. */
export function* walk(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* walk(child);
}

function* importsOf(tree: ts.SourceFile): Generator<Import> {
  for (const node of walk(tree)) {
    const line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      yield { specifier: node.moduleSpecifier.text, line, isTypeOnly: isTypeOnlyImport(node.importClause), isDynamic: false };
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
      yield { specifier: node.moduleSpecifier.text, line, isTypeOnly: node.isTypeOnly, isDynamic: false };
    } else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText(tree) === 'import.meta.resolve')
    ) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteral(argument))
        yield { specifier: argument.text, line, isTypeOnly: false, isDynamic: true };
    }
  }
}

function isTypeOnlyImport(clause: ts.ImportClause | undefined): boolean {
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}
