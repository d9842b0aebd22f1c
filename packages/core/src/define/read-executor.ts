import type { ContainerDefinition, ExecutorDefinition } from '../model/definition.ts';
import type { Fill, ReportIssue } from './build-runs.ts';
import type { RunSource } from './experiment-schema.ts';
import { resolvePath } from './resolve-path.ts';
import { lines } from './slurm-driver.ts';

type ExecutorSource = NonNullable<RunSource['executor']>;
type ContainerSource = NonNullable<ExecutorSource['container']>;

/** What a run says about its surroundings, placeholders not filled yet. */
export function readExecutor(source: ExecutorSource | undefined, report: ReportIssue): ExecutorDefinition {
  return {
    env: Object.fromEntries(Object.entries(source?.env ?? {}).map(([key, value]) => [key, String(value)])),
    venv: source?.venv ?? null,
    pythonSearchPath: source?.python_search_path ?? [],
    prependScript: lines(source?.prepend_script),
    cuda: source?.cuda ?? false,
    ...(source?.cwd === undefined ? {} : { cwd: source.cwd }),
    ...(source?.stdin === undefined ? {} : { stdin: source.stdin }),
    ...(source?.umask === undefined ? {} : { umask: source.umask }),
    ...(source?.login_shell === undefined ? {} : { loginShell: source.login_shell }),
    ...(source?.cpu_binding === undefined ? {} : { cpuBinding: source.cpu_binding }),
    ...(source?.container === undefined ? {} : { container: readContainer(source.container, source.cuda ?? false, report) }),
  };
}

function readContainer(source: ContainerSource, cuda: boolean, report: ReportIssue): ContainerDefinition {
  const { runtime, image, network = 'host', entrypoint = false } = source;
  if (runtime === 'charliecloud') {
    const cannot = (key: string, message: string, hint: string): void =>
      report({ path: ['container', key], at: 'value', severity: 'error', code: 'wrong-value', message, hint });
    if (entrypoint === true)
      cannot('entrypoint', 'expected false or a program of the image, found true: charliecloud knows no entry points', 'write the program');
  }
  return {
    runtime,
    image,
    bind: source.bind ?? [],
    input: source.input ?? null,
    output: source.output ?? null,
    gpu: gpuOf(source.gpu ?? cuda),
    network,
    cleanEnv: source.cleanenv ?? false,
    entrypoint,
    args: (source.args ?? []).map(String),
  };
}

function gpuOf(gpu: NonNullable<ContainerSource['gpu']>): ContainerDefinition['gpu'] {
  return typeof gpu === 'boolean' ? (gpu ? 'nvidia' : null) : gpu;
}

/** Everything in which placeholders are filled. */
export function executorTexts(executor: ExecutorDefinition): readonly string[] {
  const texts: string[] = [];
  fillExecutor(executor, '', (text) => {
    texts.push(text);
    return text;
  });
  return texts;
}

/** Relative paths are relative to the def-dir: the run's own directory is empty before its first start. */
export function fillExecutor(executor: ExecutorDefinition, defDir: string, fill: Fill): ExecutorDefinition {
  const at = (...steps: readonly (string | number)[]) => ['executor', ...steps];
  const path = (text: string, key: string): string => resolvePath(defDir, fill(text, at(key)));
  const { cwd, stdin, container } = executor;
  return {
    ...executor,
    env: Object.fromEntries(
      Object.entries(executor.env).map(([key, value]) => [key, withSecretPaths(fill(value, at('env', key)), defDir)]),
    ),
    venv: executor.venv === null ? null : path(executor.venv, 'venv'),
    pythonSearchPath: executor.pythonSearchPath.map((folder, index) => resolvePath(defDir, fill(folder, at('python_search_path', index)))),
    prependScript: executor.prependScript.map((line, index) => fill(line, at('prepend_script', index))),
    ...(cwd === undefined ? {} : { cwd: path(cwd, 'cwd') }),
    ...(stdin === undefined ? {} : { stdin: path(stdin, 'stdin') }),
    ...(container === undefined
      ? {}
      : { container: fillContainer(container, defDir, (text, steps) => fill(text, at('container', ...steps))) }),
  };
}

/** `${secret:file}` is read on the node, which does not know the def-dir. */
function withSecretPaths(value: string, defDir: string): string {
  return value.replace(/(?<!\$)\$\{secret:([^}]*)\}/g, (_whole, file: string) => `\${secret:${resolvePath(defDir, file)}}`);
}

function fillContainer(container: ContainerDefinition, defDir: string, fill: Fill): ContainerDefinition {
  const folder = (path: string | null, key: string): string | null => (path === null ? null : resolvePath(defDir, fill(path, [key])));
  const image = fill(container.image, ['image']);
  return {
    ...container,
    image: isImageName(container, image) ? image : resolvePath(defDir, image),
    bind: container.bind.map((bind, index) => resolvePath(defDir, fill(bind, ['bind', index]))),
    input: folder(container.input, 'input'),
    output: folder(container.output, 'output'),
    entrypoint: typeof container.entrypoint === 'string' ? fill(container.entrypoint, ['entrypoint']) : container.entrypoint,
    args: container.args.map((arg, index) => fill(arg, ['args', index])),
  };
}

/** Names of registries and of the images that docker and podman keep, in contrast to files. */
function isImageName({ runtime }: ContainerDefinition, image: string): boolean {
  return /^[a-z+-]+:\/\//.test(image) || ((runtime === 'docker' || runtime === 'podman') && !/^[./~$]/.test(image));
}
