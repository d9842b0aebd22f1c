import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Environment } from '../launch/inheritable-environment.ts';
import type { LaunchPlan } from '../launch/launch-plan.ts';
import type { Need } from '../launch/needs.ts';
import { fillSecrets, secretFiles } from '../launch/node-variables.ts';
import { exitNotExecutable, exitNotFound, explainStartFailure } from './start-failure.ts';
import type { StartFailure } from './start-failure.ts';

/** Longer than any key; a file that is longer is not the one that was meant. */
const longestSecretBytes = 64 * 1024;

/** The environment with secrets in place, or why the attempt cannot start. Costs nothing for plans without needs. */
export async function prepareLaunch(
  plan: LaunchPlan,
  inherited: Environment,
): Promise<{ readonly kind: 'ready'; readonly env: Environment } | ({ readonly kind: 'lacks' } & StartFailure)> {
  for (const need of plan.needs) {
    if (!(await isMet(need))) return { kind: 'lacks', code: exitNotFound, detail: need.detail };
  }
  const env = { ...inherited, ...plan.env };
  // Behind another program a missing one would only be an exit code of that one. A script may yet change PATH.
  if (plan.prefix.length > 0 && plan.script === null) {
    const failure = await explainStartFailure(plan.argv[0] ?? '', env['PATH'] ?? '', plan.cwd, null);
    if (failure !== null) return { kind: 'lacks', ...failure };
  }
  const secrets = new Map<string, string>();
  for (const file of secretFiles(Object.values(plan.env))) {
    const secret = await readSecret(file);
    if (secret.kind === 'refused') return { kind: 'lacks', code: exitNotExecutable, detail: secret.because };
    secrets.set(file, secret.text);
  }
  const filled = Object.entries(plan.env).flatMap(([name, value]) =>
    value.includes('${secret:') ? [[name, fillSecrets(value, secrets)] as const] : [],
  );
  return { kind: 'ready', env: { ...env, ...Object.fromEntries(filled) } };
}

async function isMet({ path, kind }: Need): Promise<boolean> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return false;
  return kind === 'any' || (kind === 'folder' ? stats.isDirectory() : !stats.isDirectory());
}

/** Without its last line break. A file that others can read is no secret any more, and says so before it is used. */
async function readSecret(
  file: string,
): Promise<{ readonly kind: 'read'; readonly text: string } | { readonly kind: 'refused'; readonly because: string }> {
  const refused = (because: string) => ({ kind: 'refused', because }) as const;
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) return refused(`the secret ${file} is not a file`);
    const mode = stats.mode & 0o777;
    if ((mode & 0o077) !== 0)
      return refused(`the secret ${file} must be readable by its owner only, its mode is 0${mode.toString(8)}; try: chmod 600 ${file}`);
    if (stats.size > longestSecretBytes) return refused(`the secret ${file} is longer than ${longestSecretBytes} bytes`);
    const text = (await handle.readFile('utf8')).replace(/\r?\n$/, '');
    return text.includes('\0') ? refused(`the secret ${file} holds a NUL byte, which no variable can`) : { kind: 'read', text };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refused(code === 'ENOENT' ? `the secret ${file} does not exist` : `the secret ${file} cannot be read: ${code}`);
  }
}
