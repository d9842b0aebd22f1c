import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubDefinition } from '@juqueue/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Job, JobFile } from '../model/job.ts';
import type { AgentArtifact, HubPort } from './hub-port.ts';
import type { JobPlan } from './job-row.ts';
import { findOutputs } from './outputs.ts';
import { stageJob } from './stage-job.ts';
import { UrlInputs } from './url-inputs.ts';

/** Inputs at addresses have tests of their own. */
const nowhere = await UrlInputs.open({ inputHosts: [], allowsPrivateInputs: false, caFile: null, proxy: null }, {});
const held = { job: 'j', attempt: 1 };
const onHost = { execution: { kind: 'host' }, entrypoint: null } as JobPlan;
const contained = (runtime: 'apptainer' | 'charliecloud') => ({ execution: { kind: 'container', runtime }, entrypoint: null }) as JobPlan;
const inline = (path: string, text = 'x'): JobFile => ({
  kind: 'inline',
  path,
  contentBase64: Buffer.from(text).toString('base64'),
  mode: 0o644,
});
const artifact = (path: string, file: string | null = null): JobFile => ({ kind: 'artifact', artifact: 'a', path, file });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A hub with one artifact. */
function hubWith(found: Partial<AgentArtifact>, bytes: Readonly<Record<string, string>> = {}): HubPort {
  const port: Partial<HubPort> = {
    artifact: async () => ({
      id: 'a',
      residence: { kind: 'hub' },
      isCommitted: true,
      files: Object.entries(bytes).map(([path, text]) => ({ path, sha256: sha256(text), sizeBytes: text.length })),
      ...found,
    }),
    download: async (_held, _artifact, path) =>
      (async function* () {
        yield Buffer.from(bytes[path] ?? '');
      })(),
  };
  return port as HubPort;
}

describe('staging', () => {
  let base: string;
  let directory: string;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'juqueue-stage-'));
    directory = join(base, 'run');
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  const stage = (
    files: readonly JobFile[],
    {
      plan = onHost,
      roots = [],
      port = hubWith({}),
      input = null,
    }: { plan?: JobPlan; roots?: readonly string[]; port?: HubPort; input?: unknown } = {},
  ) =>
    stageJob(
      directory,
      { definition: { input, command: null, files } } as unknown as Job,
      held,
      plan,
      { roots, maxInputBytes: 0 } as unknown as HubDefinition,
      port,
      nowhere,
    );

  test('puts input and files where the job finds them, and they are no outputs', async () => {
    const { stagedPaths } = await stage([inline('data/rows', 'rows'), artifact('all')], {
      input: { a: 1 },
      port: hubWith({}, { 'b/c': 'deep', d: 'flat' }),
    });
    expect(
      await Promise.all(['input.json', 'data/rows', 'all/b/c', 'all/d'].map((path) => readFile(join(directory, path), 'utf8'))),
    ).toEqual(['{"a":1}', 'rows', 'deep', 'flat']);
    await writeFile(join(directory, 'made'), 'made');
    await symlink('/etc/passwd', join(directory, 'stolen'));
    expect(await findOutputs(directory, stagedPaths)).toEqual({
      files: [{ path: 'made', sha256: sha256('made'), sizeBytes: 4 }],
      omitted: ['stolen is neither a file nor a folder'],
    });
  });

  test.each(['../x', '/etc/x', 'a/../../x', 'a//b', '.', ''])('refuses the path %j', async (path) => {
    await expect(stage([inline(path)])).rejects.toThrow('leads out of its folder');
  });

  test('refuses what has another hash, is too long, or is there twice', async () => {
    const port = hubWith({ files: [{ path: 'f', sha256: sha256('other'), sizeBytes: 4 }] }, { f: 'text' });
    await expect(stage([artifact('f', 'f')], { port })).rejects.toThrow('expected ' + sha256('other'));
    await expect(readFile(join(directory, 'f'))).rejects.toThrow('ENOENT');
    await expect(
      stage([artifact('f', 'f')], { port: hubWith({ files: [{ path: 'f', sha256: sha256('text'), sizeBytes: 2 }] }, { f: 'text' }) }),
    ).rejects.toThrow('more than the 2 bytes');
    await expect(stage([inline('f'), inline('f')])).rejects.toThrow("two inputs of the job are called 'f'");
    await expect(stage([inline('big', 'x'.repeat(65_537))])).rejects.toThrow('at most 65536');
  });

  test('what a crash left in the run directory is not trusted', async () => {
    await mkdir(directory);
    await symlink('/etc', join(directory, 'data'));
    await stage([inline('data/rows')]);
    expect((await stat(join(directory, 'data/rows'))).isFile()).toBe(true);
    await expect(stat('/etc/rows')).rejects.toThrow('ENOENT');
  });

  test('paths of the cluster are given only below the roots, and through no link', async () => {
    const root = join(base, 'root');
    await mkdir(join(root, 'in'), { recursive: true });
    await writeFile(join(root, 'in/rows'), 'rows');
    await writeFile(join(base, 'secret'), 'secret');
    await symlink(base, join(root, 'away'));
    const at = (path: string) => hubWith({ residence: { kind: 'path', cluster: null, path } });
    const { binds } = await stage([artifact('data')], { roots: [root], port: at(join(root, 'in')), plan: contained('apptainer') });
    expect(binds).toEqual([`${join(root, 'in')}:/work/data:ro`]);
    expect((await stat(join(directory, 'data'))).isDirectory()).toBe(true);
    await stage([artifact('rows')], { roots: [root], port: at(join(root, 'in/rows')) });
    expect(await readlink(join(directory, 'rows'))).toBe(join(root, 'in/rows'));
    for (const path of [join(base, 'secret'), join(root, '../secret'), `${root}-other/x`])
      await expect(stage([artifact('x')], { roots: [root], port: at(path) })).rejects.toThrow('below none of the roots');
    await expect(stage([artifact('x')], { roots: [root], port: at(join(root, 'away/secret')) })).rejects.toThrow('symbolic link');
    await expect(stage([artifact('x')], { roots: [root], port: at(join(root, 'in')), plan: contained('charliecloud') })).rejects.toThrow(
      'charliecloud shares folders only for writing too',
    );
  });
});
