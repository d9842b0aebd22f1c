import { mkdir, writeFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/** Writes a unit for systemd's user manager and says how it is started; starts nothing itself. */
export async function installAgentService(
  context: VerbContext,
  workDir: string,
  options: { readonly config?: string; readonly defDir?: string },
): VerbResult {
  const folder = join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'systemd', 'user');
  const name = `juqueue-agent-${basename(workDir).replace(/[^A-Za-z0-9_.-]/g, '_') || 'work'}.service`;
  const program = process.argv[1];
  if (program === undefined) throw new CommandError(exitCodes.unexpected, 'JQ_INTERNAL', 'It is not known how this program was started.');
  const config = options.config === undefined ? [] : ['--config', resolve(options.config)];
  const defDir = options.defDir === undefined ? [] : ['--def-dir', resolve(options.defDir)];
  const command = [process.execPath, program, 'agent', 'run', '--work-dir', workDir, ...config, ...defDir];
  const file = join(folder, name);
  await mkdir(folder, { recursive: true });
  await writeFile(file, unitText(command));
  const commands = ['systemctl --user daemon-reload', `systemctl --user enable --now ${name}`];
  if (context.options.json === true) printJson(context.terminal, { file, commands });
  else
    context.terminal.out(
      `${file} is written. Start it with:\n${commands.map((line) => `  ${line}\n`).join('')}So that it goes on when you are logged out: loginctl enable-linger ${userInfo().username}\n`,
    );
  return exitCodes.ok;
}

/** Jobs go on while it restarts: it ends at once and finds them again. */
function unitText(command: readonly string[]): string {
  return `[Unit]
Description=Agent of JuQueue: takes jobs of a hub
Documentation=man:systemd.service(5)

[Service]
ExecStart=${command.map(quoteForSystemd).join(' ')}
Restart=always
RestartSec=5
KillMode=mixed
TimeoutStopSec=30

[Install]
WantedBy=default.target
`;
}

/** One word of a unit file: quotes and backslashes are escaped, and the marks of specifiers and variables doubled. */
function quoteForSystemd(word: string): string {
  return `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}
