import { hash } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rename, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { tellingLine } from '@juqueue/core';
import { OneAtATime } from '../jobs/one-at-a-time.ts';
import type { BuildReference } from '../model/build-reference.ts';
import { inFolderOf } from './folder-paths.ts';

/** What takes longer hangs. */
const longestStepMs = 3_600_000;

export class BuildFailed extends Error {}

export const buildTools = ['buildah', 'podman', 'ch-image'] as const;
export type BuildTool = (typeof buildTools)[number];

/** What containers of charliecloud need and an image of one program lacks. */
const mountPoints = ['dev', 'etc', 'home', 'input', 'output', 'proc', 'sys', 'tmp', 'work'];
const ownFiles = ['etc/passwd', 'etc/group', 'etc/hosts', 'etc/resolv.conf'];

/**
 * Images that are built from repositories, as folders by what they are made of: the same commit is built once. Programs of the repository
 * are executed only by the build tool, in its container.
 */
export class ImageBuilder {
  readonly #folder: string;
  readonly #tools: readonly BuildTool[];
  readonly #log: (sentence: string) => void;
  readonly #one = new OneAtATime();

  constructor(folder: string, log: (sentence: string) => void, tools: readonly BuildTool[] = buildTools) {
    this.#folder = folder;
    this.#log = log;
    this.#tools = tools;
  }

  /** The path of the image. Rejects with `BuildFailed`: its message is for who submitted. One build at a time. */
  build(reference: BuildReference, signal: AbortSignal): Promise<string> {
    return this.#one.run(['build'], () => this.#build(reference, signal));
  }

  async #build(reference: BuildReference, signal: AbortSignal): Promise<string> {
    const known = this.#pathOf(reference, reference.ref);
    if (/^[0-9a-f]{40}$/.test(reference.ref) && (await isThere(known))) return known;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const draft = await mkdtemp(join(this.#folder, 'draft-'));
    try {
      const source = join(draft, 'source');
      const commit = await this.#fetch(reference, source, signal);
      const path = this.#pathOf(reference, commit);
      if (await isThere(path)) return path;
      const tool = await this.#tool();
      this.#log(`The image ${reference.url} at ${commit} is being built by ${tool}.`);
      const image = join(draft, 'image');
      await this.#make(tool, reference, await contextOf(source, reference), image, draft, signal);
      await completeImage(image);
      await rename(image, path);
      return path;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  #pathOf({ url, folder, file, target, args }: BuildReference, commit: string): string {
    return join(this.#folder, hash('sha256', JSON.stringify([url, commit, folder, file, target, args])).slice(0, 32));
  }

  /** The files of the commit, without its history. Nothing of the repository is executed: no hooks, filters or modules. */
  async #fetch({ url, ref }: BuildReference, source: string, signal: AbortSignal): Promise<string> {
    const git = (...args: readonly string[]) =>
      step(
        'git',
        args,
        { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'https:http:file' },
        signal,
        null,
      );
    await git('init', '--quiet', '--template=', source);
    await git('-C', source, 'fetch', '--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--', url, ref);
    const commit = (await git('-C', source, 'rev-parse', '--verify', 'FETCH_HEAD^{commit}')).trim();
    await git('-C', source, 'checkout', '--quiet', '--detach', commit);
    await rm(join(source, '.git'), { recursive: true, force: true });
    return commit;
  }

  async #tool(): Promise<BuildTool> {
    for (const tool of this.#tools) {
      const { failed } = await execa(tool, ['--version'], { reject: false, timeout: 60_000, env: environment(), extendEnv: false });
      if (!failed) return tool;
    }
    throw new BuildFailed(`images cannot be built here: there is none of ${this.#tools.join(', ')}`);
  }

  async #make(
    tool: BuildTool,
    { target, args }: BuildReference,
    { context, file }: Context,
    image: string,
    draft: string,
    signal: AbortSignal,
  ): Promise<void> {
    const told = ['--file', file, ...args.flatMap((arg) => ['--build-arg', arg])];
    if (tool === 'ch-image') {
      if (target !== null) throw new BuildFailed(`ch-image builds the last stage only, and the image wants '${target}'`);
      const storage = { CH_IMAGE_STORAGE: join(draft, 'storage') };
      await step('ch-image', ['build', '--tag', 'image', ...told, context], storage, signal, draft);
      await step('ch-convert', ['-i', 'ch-image', '-o', 'dir', 'image', image], storage, signal, draft);
      return;
    }
    // Of its own and gone afterwards: no layers of strangers stay, and no driver has to know the file system.
    const storage = ['--root', join(draft, 'storage'), '--runroot', join(draft, 'run'), '--storage-driver', 'vfs'];
    await step(
      tool,
      [
        ...storage,
        'build',
        '--isolation',
        'chroot',
        '--output',
        `type=local,dest=${image}`,
        ...told,
        ...(target === null ? [] : ['--target', target]),
        context,
      ],
      {},
      signal,
      draft,
    );
  }
}

interface Context {
  readonly context: string;
  readonly file: string;
}

/** Where the build looks. Links of the repository lead nowhere else: a Dockerfile that is one of them could show any file of ours. */
async function contextOf(source: string, { folder, file }: BuildReference): Promise<Context> {
  const root = await realpath(source);
  const below = async (path: string): Promise<string> => {
    const real = await realpath(path).catch(() => null);
    if (real === null || (real !== root && !real.startsWith(`${root}/`)))
      throw new BuildFailed(`the repository has no ${path.slice(source.length + 1)}`);
    return real;
  };
  const context = await below(join(source, folder));
  return { context, file: await below(join(source, folder, file)) };
}

/** Links of the image are not followed: they mean its own files. */
async function completeImage(image: string): Promise<void> {
  for (const name of mountPoints) await mkdir(join(image, name), { recursive: true }).catch(() => undefined);
  for (const path of ownFiles) {
    await inFolderOf(image, path, false, async (folder, name) => (await folder.create(name, 0o644)).close()).catch(() => undefined);
  }
}

/** What the tools may know of us: nothing that is a secret. */
function environment(): Readonly<Record<string, string>> {
  const names = [
    'PATH',
    'HOME',
    'TMPDIR',
    'XDG_RUNTIME_DIR',
    'HTTPS_PROXY',
    'https_proxy',
    'HTTP_PROXY',
    'http_proxy',
    'NO_PROXY',
    'no_proxy',
    'SSL_CERT_FILE',
  ];
  const { username } = userInfo();
  return {
    LANG: 'C',
    USER: username,
    LOGNAME: username,
    ...Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
  };
}

/** Its standard output. Paths of ours are no part of what is said about a failure. */
async function step(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cancelSignal: AbortSignal,
  draft: string | null,
): Promise<string> {
  const result = await execa(program, args, {
    env: { ...environment(), ...env },
    extendEnv: false,
    stdin: 'ignore',
    timeout: longestStepMs,
    cancelSignal,
    killDescendants: true,
    reject: false,
    maxBuffer: 10_000_000,
  });
  if (!result.failed) return result.stdout;
  const said = tellingLine(result.stderr) ?? tellingLine(result.stdout) ?? result.shortMessage ?? 'no reason was given';
  throw new BuildFailed(`${program} failed: ${draft === null ? said : said.replaceAll(draft, '')}`);
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
