import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** `npm pack` of a folder or of a package of the registry into the folder `out`; answers the file. */
export function npmPack(what: string, out: string): string {
  const output = execFileSync('npm', ['pack', what, '--json', '--loglevel=error', '--pack-destination', out], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // A list in npm 11, a table by name in later ones.
  const [packed] = Object.values(JSON.parse(output) as Record<string, { readonly filename: string }>);
  if (packed === undefined) throw new Error(`npm pack ${what} answered ${output}`);
  return join(out, packed.filename);
}
