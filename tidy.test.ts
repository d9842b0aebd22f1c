import { describe, expect, test } from 'vitest';
import { exportStarFaults, impureCodeFaults, leftoverFaults, moduleMockFaults, typeHoleFaults } from './tests/tidy/code-rules.ts';
import { dependencyFaults, readLockedManifests, readManifests, readSharedTools } from './tests/tidy/dependency-rules.ts';
import {
  costlyImportFaults,
  importDirectionFaults,
  mainThreadFileFaults,
  pureImportFaults,
  relativeImportFaults,
} from './tests/tidy/import-rules.ts';
import { isTest, parseSourceFile, readOtherFiles, readSourceFiles } from './tests/tidy/source-files.ts';

const files = readSourceFiles();
const otherFiles = readOtherFiles();
const product = files.filter((file) => !isTest(file.path));

/** Programs whose main thread must answer whatever the file system does. The spawner forks runs and has nothing to answer. */
const mainThreads = ['packages/server/src/index.ts', 'packages/node-manager/src/run-node.ts'];

/** 400 is long; what is longer than this is cut by topic. */
const maxLines = 450;

describe('the source tree', () => {
  test('imports inwards only: core knows nobody, nodes and clusters know core, the server composes, the command line asks', () => {
    expect(product.flatMap(importDirectionFaults)).toEqual([]);
  });

  test('imports files by their full name and packages by theirs', () => {
    expect(product.flatMap(relativeImportFaults)).toEqual([]);
  });

  test('thinks in folders that neither wait, nor look at clocks, nor roll dice, nor speak', () => {
    expect(product.flatMap((file) => [...pureImportFaults(file), ...impureCodeFaults(file)])).toEqual([]);
  });

  test('loads the file system in worker threads only, where a main thread has heartbeats to answer', () => {
    for (const root of mainThreads) expect(product.map((file) => file.path)).toContain(root);
    expect(mainThreadFileFaults(product, mainThreads)).toEqual([]);
  });

  test('loads nothing that a start need not wait for', () => {
    expect(product.flatMap(costlyImportFaults)).toEqual([]);
  });

  test('has no holes in its types', () => {
    expect(files.flatMap(typeHoleFaults)).toEqual([]);
  });

  test('exports by name', () => {
    expect(product.flatMap(exportStarFaults)).toEqual([]);
  });

  test('declares the packages that it imports, and no others', () => {
    const sharedTools = readSharedTools();
    expect(readManifests().flatMap((manifest) => dependencyFaults(manifest, [...files, ...otherFiles], sharedTools))).toEqual([]);
  });

  test('locks what its packages declare; after a change npm install --package-lock-only writes the lock anew', () => {
    expect(readLockedManifests()).toEqual(readManifests());
  });

  test('leaves nothing for later, and fakes no modules', () => {
    expect([...files, ...otherFiles].flatMap((file) => [...leftoverFaults(file), ...moduleMockFaults(file)])).toEqual([]);
  });

  test('is made of small files', () => {
    const generated = ['packages/client/src/api-types.ts', 'packages/client/src/hub-types.ts'];
    const lengths = product.filter((file) => !generated.includes(file.path)).map((file) => [file.path, file.lineCount] as const);
    const sorted = lengths.map(([, count]) => count).sort((a, b) => a - b);
    console.log(`${lengths.length} files, median ${sorted[Math.floor(sorted.length / 2)]} lines, longest ${sorted.at(-1)}`);
    expect(lengths.filter(([, count]) => count > maxLines)).toEqual([]);
  });
});

describe('the rules themselves', () => {
  const decideFile = (text: string) => parseSourceFile('packages/core/src/decide/x.ts', text);

  test.each([
    ['const t = Date.now();', 'packages/core/src/decide/x.ts:1: Date.now is banned in decide/, use the instant that is passed in'],
    ['\nconst t = new Date();', 'packages/core/src/decide/x.ts:2: new Date() is banned in decide/, use the instant that is passed in'],
    ['const r = Math.random();', 'packages/core/src/decide/x.ts:1: Math.random is banned in decide/, use ids and order; ties break by id'],
    ['setTimeout(f, 1);', 'packages/core/src/decide/x.ts:1: setTimeout is banned in decide/, use wakeAtMs in the answer'],
    ["console.log('x');", 'packages/core/src/decide/x.ts:1: console is banned in decide/, use a sentence in the answer'],
    ["const e = process.env['X'];", 'packages/core/src/decide/x.ts:1: process is banned in decide/, use values that are passed in'],
  ])('refuse %j', (text, fault) => {
    expect(impureCodeFaults(decideFile(text))).toEqual([fault]);
  });

  test('refuse waiting in every form', () => {
    expect(impureCodeFaults(decideFile('async function f() { await g(); }'))).toHaveLength(2);
  });

  test('do not mind names and words that only look alike', () => {
    expect(
      impureCodeFaults(
        decideFile('// Date.now is not used\nconst a = { process: 1, fetch: (x: Date) => new Date(x.getTime()) };\nconst b = a.process;'),
      ),
    ).toEqual([]);
  });

  test('refuse imports in the wrong direction', () => {
    const inCore = parseSourceFile('packages/core/src/engine/x.ts', "import { startManager } from '@juqueue/server';");
    expect(importDirectionFaults(inCore)).toEqual([
      'packages/core/src/engine/x.ts:1: core may not import server; it may import nothing of the workspace',
    ]);
    expect(pureImportFaults(decideFile("import { Engine } from '../engine/engine.ts';"))).toHaveLength(1);
    expect(pureImportFaults(decideFile("import type { Clock } from '../ports/clock.ts';"))).toEqual([]);
    expect(pureImportFaults(decideFile("import { join } from 'node:path';"))).toHaveLength(1);
    expect(relativeImportFaults(decideFile("import { a } from './a';"))).toHaveLength(1);
    expect(importDirectionFaults(parseSourceFile('packages/cli/src/x.ts', "import { startManager } from '@juqueue/server';"))).toHaveLength(
      1,
    );
  });

  test('find the file system behind several imports, and not behind types or workers', () => {
    const tree = [
      parseSourceFile('packages/server/src/index.ts', "import { b } from './b.ts';\nimport type { c } from './c.ts';"),
      parseSourceFile('packages/server/src/b.ts', "import { open } from 'node:fs/promises';"),
      parseSourceFile('packages/server/src/c.ts', "import 'node:fs';"),
    ];
    expect(mainThreadFileFaults(tree, ['packages/server/src/index.ts'])).toEqual([
      'packages/server/src/b.ts:1: a main thread loads node:fs/promises (by packages/server/src/index.ts → packages/server/src/b.ts); move it into a *-worker.ts',
    ]);
  });

  test('refuse values of node:http, and not its types', () => {
    expect(costlyImportFaults(decideFile("import { request } from 'node:http';\nimport type { Server } from 'node:http';"))).toHaveLength(
      1,
    );
  });

  test('refuse holes in types', () => {
    expect(typeHoleFaults(decideFile('const a: any = b!;'))).toHaveLength(2);
  });

  test('refuse what is imported and not declared, and what is declared and not imported', () => {
    const manifest = { folder: 'server', dependencies: ['ws', 'pino'], devDependencies: ['@fastify/swagger-ui', 'left-over'] };
    const tree = [
      parseSourceFile(
        'packages/server/src/a.ts',
        "import { WebSocket } from 'ws';\nimport Type from 'typebox/type';\nimport.meta.resolve('@fastify/swagger-ui/package.json');",
      ),
      parseSourceFile('packages/server/src/a.test.ts', "import { test } from 'vitest';\nimport { pino } from 'pino';"),
      parseSourceFile('packages/core/src/b.ts', "import { parse } from 'yaml';"),
    ];
    expect(dependencyFaults(manifest, tree, ['vitest'])).toEqual([
      'packages/server/src/a.ts:2: typebox is not declared, add it to packages/server/package.json',
      'packages/server/package.json:1: pino in dependencies is not imported by the product, remove it there',
      'packages/server/package.json:1: left-over in devDependencies is not imported, remove it there',
    ]);
  });

  test('refuse what is left for later, and module mocks', () => {
    const word = ['TO', 'DO'].join('');
    expect(leftoverFaults(decideFile(`\n// ${word}: think`))).toEqual([
      `packages/core/src/decide/x.ts:2: ${word} is banned here, do it or open an issue`,
    ]);
    expect(moduleMockFaults(decideFile("vi.mock('./a.ts');\nvi.doMock('./b.ts');"))).toHaveLength(2);
  });
});
