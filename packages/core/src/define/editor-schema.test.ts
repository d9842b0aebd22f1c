import { Ajv } from 'ajv';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { definitionTypes } from './definition-types.ts';
import { clustersEditorSchema, experimentEditorSchema } from './editor-schema.ts';
import { readYaml } from './yaml-source.ts';

const corpus = join(import.meta.dirname, 'corpus');
const editor = new Ajv({ allErrors: true, strict: false });
const checkExperiment = editor.compile(experimentEditorSchema());
const checkClusters = editor.compile(clustersEditorSchema());

function valueOf(file: string): unknown {
  return readYaml(file, readFileSync(join(corpus, file), 'utf8')).value;
}

describe('the schema that editors read', () => {
  const files = readdirSync(join(corpus, 'good'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));

  test.each(files)('accepts %s', (file) => {
    const check = file.endsWith('clusters.yaml') ? checkClusters : checkExperiment;
    expect(check(valueOf(join('good', file))), JSON.stringify(check.errors)).toBe(true);
  });

  test.each(['unknown-keys', 'wrong-types'])('refuses the experiment of %s', (name) => {
    expect(checkExperiment(valueOf(`bad/${name}/experiments/e.yaml`))).toBe(false);
  });

  test.each(['cluster-unknown-key', 'cluster-unknown-type', 'cluster-missing-keys'])('refuses the clusters of %s', (name) => {
    expect(checkClusters(valueOf(`bad/${name}/clusters.yaml`))).toBe(false);
  });

  test('says what keys mean, and which have no meaning here', () => {
    expect(experimentEditorSchema()).toMatchObject({
      properties: { runs: { items: { properties: { depends_on: { description: expect.stringContaining('have to finish first') } } } } },
    });
    expect(JSON.stringify(clustersEditorSchema())).toContain('Has no meaning here: there are no Dask workers.');
  });
});

describe('the types of definitions', () => {
  const head = "import { defineExperiment, run } from 'juqueue';\n";

  /** What the compiler says to a definition that has these types. */
  function complaints(text: string): readonly string[] {
    const files = new Map([
      ['/d/juqueue.d.ts', definitionTypes()],
      ['/d/e.ts', `${head}${text}`],
    ]);
    const host = ts.createCompilerHost({});
    const getSourceFile = host.getSourceFile.bind(host);
    host.getSourceFile = (name, options) =>
      files.has(name) ? ts.createSourceFile(name, files.get(name) ?? '', options) : getSourceFile(name, options);
    host.fileExists = (name) => files.has(name);
    const program = ts.createProgram(
      [...files.keys()],
      {
        strict: true,
        noEmit: true,
        types: [],
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
      },
      host,
    );
    return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  }

  test('accept a definition of every kind', () => {
    const runs =
      "[run({ id: 'a', cluster: ['x', 'y'], cmd: ['train', 3], parameters: { lr: 0.1 }, checkpoint: { every: '10m' }, executor: { env: { A: 1 } }, resources: { gpus: 1, licences: 2 } })]";
    expect(
      complaints(
        `export default defineExperiment({ name: 'e', defaults: { cluster: 'x', checkpoint: 'none' }, runs: ${runs}, matrix: { seed: { from: 1, to: 3 }, lr: [0.1], exclude: [{ lr: 0.1 }] }, id: '{lr}' });`,
      ),
    ).toEqual([]);
    expect(complaints('function* all() { yield run({ id: 1 }); }\nexport default defineExperiment({ runs: all() });')).toEqual([]);
  });

  test('refuse keys and words that nobody knows', () => {
    expect(complaints("export default run({ id: 'a', retrys: 1 });")).toEqual([
      expect.stringContaining("'retrys' does not exist in type 'Run'"),
    ]);
    expect(complaints("export default run({ checkpoint: 'nne' });")).toHaveLength(1);
  });
});
