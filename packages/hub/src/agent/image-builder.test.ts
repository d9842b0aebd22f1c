import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBuild } from '../model/build-reference.ts';
import { buildTools, ImageBuilder } from './image-builder.ts';
import type { BuildTool } from './image-builder.ts';

const never = new AbortController().signal;
const busyMachineMs = 120_000;
let folder: string;
let repository: string;
let said: string[] = [];

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

async function commit(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(repository, path, '..'), { recursive: true });
    await writeFile(join(repository, path), text);
  }
  git('add', '-A');
  git('commit', '-qm', 'a state');
  return git('rev-parse', 'HEAD');
}

const works = (tool: BuildTool): boolean => {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore', env: { ...process.env, USER: userInfo().username } });
    return true;
  } catch {
    return false;
  }
};
const tools = buildTools.filter(works);
const builder = (name: string, of: readonly BuildTool[] = tools) =>
  new ImageBuilder(join(folder, name), (sentence) => void said.push(sentence), of);
const reference = (more: string) => readBuild(`git+file://${repository}${more}`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'juqueue-build-'));
  repository = join(folder, 'repository');
  await mkdir(join(repository, 'image/root/bin'), { recursive: true });
  git('init', '-q');
  await copyFile('/bin/sh', join(repository, 'image/root/bin/program'));
  await symlink('program', join(repository, 'image/root/bin/link'));
  await symlink('/etc/passwd', join(repository, 'image/Stolen'));
  await symlink('/etc', join(repository, 'outside'));
  await commit({
    'image/Dockerfile': 'FROM scratch\nARG WHO=nobody\nENV WHO=$WHO\nCOPY root /\nCOPY told /told\n',
    'image/told': 'first\n',
    'image/Broken': 'FROM scratch\nCOPY missing /\n',
  });
});

afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('an image from a repository', { timeout: busyMachineMs }, () => {
  test.for(buildTools)('is a folder that %s has made of a commit', async (tool, { skip }) => {
    if (!tools.includes(tool)) return skip(`there is no ${tool} here that works`);
    const path = await builder(tool, [tool]).build(reference('#HEAD:image'), never);
    expect(await readFile(join(path, 'told'), 'utf8')).toBe('first\n');
    expect(await readdir(path)).toEqual(expect.arrayContaining(['bin', 'dev', 'etc', 'proc', 'sys', 'tmp', 'work']));
    expect(await readdir(join(path, 'bin'))).toEqual(['link', 'program']);
    // Nothing half is left, and nothing of the tool.
    expect(await readdir(join(folder, tool))).toEqual([path.split('/').at(-1)]);
  });

  test('is built once for a commit, and anew for another', async ({ skip }) => {
    if (tools.length === 0) return skip(`there is none of ${buildTools.join(', ')}`);
    const builds = builder('once');
    said = [];
    const first = git('rev-parse', 'HEAD');
    const [one, same] = await Promise.all([
      builds.build(reference(`#${first}:image`), never),
      builds.build(reference('#HEAD:image'), never),
    ]);
    expect(same).toBe(one);
    expect(said).toHaveLength(1);
    await commit({ 'image/told': 'second\n' });
    const two = await builds.build(reference('#HEAD:image'), never);
    expect(await readFile(join(two, 'told'), 'utf8')).toBe('second\n');
    expect(await builds.build(reference(`#${first}:image`), never)).toBe(one);
    expect(said).toHaveLength(2);
  });

  test.for([
    ['a Dockerfile that does not build', '?file=Broken#HEAD:image', /(ch-image|buildah|podman) failed: .*missing/],
    ['a Dockerfile that is a link to a file of ours', '?file=Stolen#HEAD:image', 'the repository has no image/Stolen'],
    ['a folder that is a link to one of ours', '#HEAD:outside', 'the repository has no outside'],
    ['a commit that is not there', `#${'0'.repeat(40)}`, /git failed: /],
  ] as const)('says why not: %s', async ([, more, because], { skip }) => {
    if (tools.length === 0) return skip(`there is none of ${buildTools.join(', ')}`);
    await expect(builder('faults').build(reference(more), never)).rejects.toThrow(because);
    expect(await readdir(join(folder, 'faults'))).toEqual([]);
  });

  test('needs a tool', async () => {
    await expect(builder('none', []).build(reference('#HEAD:image'), never)).rejects.toThrow('images cannot be built here');
  });
});
