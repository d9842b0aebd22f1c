import type { ExecutorDefinition } from '@juqueue/core';

/**
 * Sites define `module` as a function of the shell that fails without ending the script, and the program then misses what it
 * needs. So a line of the script with a module command that fails ends the run and is named; other lines may fail as before.
 */
const watchModules = [
  'juqueue_failed() {',
  '  local line',
  '  line=$(sed -n "$2{s/^[[:space:]]*//;p;}" "$0")',
  '  case " $line" in *[[:space:]";&"]module[[:space:]]*|*[[:space:]";&"]ml[[:space:]]*) ;; *) return ;; esac',
  '  if [ "$1" -eq 127 ]; then printf "%s: this node knows no such command; with login_shell: true the files that define it are read\\n" "$line"',
  '  else printf "%s failed with code %s\\n" "$line" "$1"; fi > "$JUQUEUE_ERROR_FILE"',
  '  exit 1',
  '}',
  "trap 'juqueue_failed $? $LINENO' ERR",
];
const watchModulesNoMore = ['trap - ERR', 'unset -f juqueue_failed'];

/** A module may put its own python in front; the venv is activated once more after the lines. */
const activateVenv = [
  'if [ -n "${JUQUEUE_VENV:-}" ]; then',
  '  export VIRTUAL_ENV="$JUQUEUE_VENV" PATH="$JUQUEUE_VENV/bin:$PATH"',
  '  unset JUQUEUE_VENV PYTHONHOME',
  'fi',
];

/**
 * What bash does before the command: the user's lines verbatim, between lines that are the same for everybody. The command
 * comes as the script's arguments, never as text in it. Null when the command can be executed without a shell.
 */
export function prependScript({ prependScript: lines, umask, loginShell, venv }: ExecutorDefinition): string | null {
  if (lines.length === 0 && umask === undefined && loginShell !== true) return null;
  const usesModules = lines.some((line) => /(?:^|[;&|]\s*|\s)(?:module|ml)\s/.test(line));
  return [
    // Checked to be octal digits when the definition was read.
    ...(umask === undefined ? [] : [`umask ${umask}`]),
    ...(usesModules ? watchModules : []),
    ...lines,
    ...(usesModules ? watchModulesNoMore : []),
    ...(venv === null ? [] : activateVenv),
    'exec "$@"',
    '',
  ].join('\n');
}
