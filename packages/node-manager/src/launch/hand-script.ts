import { shellWord } from '@juqueue/core';
import type { LaunchPlan } from './launch-plan.ts';

/** What only finds our processes again and means nothing to a program. */
const oursAlone: ReadonlySet<string> = new Set(['JUQUEUE_ATTEMPT_ID', 'JUQUEUE_NONCE', 'JUQUEUE_VENV']);

/**
 * A bash script by which a person does by hand what this attempt did: the same directory, variables that were added, lines
 * before the command, and command. Secrets are read from their files, so the script holds none. The node's own variables
 * are not in it: it is meant for a shell on a node of the same kind.
 */
export function handScript(plan: LaunchPlan, place: { readonly node: string; readonly host: string }): string {
  const variables = Object.entries(plan.env).filter(([name]) => !oursAlone.has(name));
  const [settable, others] = [variables.filter(([name]) => isName(name)), variables.filter(([name]) => !isName(name))];
  const venv = plan.env['JUQUEUE_VENV'];
  return [
    `#!/bin/bash${plan.script?.isLogin === true ? ' --login' : ''}`,
    `# ${plan.run}, attempt ${plan.attempt}, as ${place.node} on ${place.host} executed it.`,
    `cd -- ${shellWord(plan.cwd)} || exit`,
    ...settable.map(([name, value]) => `export ${name}=${quoteWithSecrets(value)}`),
    ...(venv === undefined ? [] : [`JUQUEUE_VENV=${shellWord(venv)}`]),
    `set -- ${[...plan.prefix, ...(others.length === 0 ? [] : ['env', ...others.map(([name, value]) => `${name}=${value}`)]), ...plan.argv].map(shellWord).join(' ')}`,
    ...(plan.stdin === null ? [] : [`exec < ${shellWord(plan.stdin)}`]),
    ...(plan.script === null ? ['exec "$@"'] : [plan.script.text.trimEnd()]),
    '',
  ].join('\n');
}

function isName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}

function quoteWithSecrets(value: string): string {
  return (
    value
      .split(/(\$?\$\{secret:[^}]*\})/)
      .filter((part) => part !== '')
      .map((part) => {
        const file = /^\$\{secret:([^}]*)\}$/.exec(part)?.[1];
        if (file !== undefined) return `"$(cat -- ${shellWord(file)})"`;
        return shellWord(part.startsWith('$${secret:') ? part.slice(1) : part);
      })
      .join('') || "''"
  );
}
