/** `${NAME}`, `${NAME:-text}` where NAME is not set, `${secret:file}`; `$${NAME}` is the text `${NAME}`. */
const reference = /\$?\$\{(?:secret:([^}]*)|([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?)\}/g;

/**
 * The text with variables of the node in place. A variable that is not set is empty, as in a shell. Secrets stay as they
 * stand: only the process that starts the run reads them.
 */
export function expandVariables(text: string, valueOf: (name: string) => string | undefined): string {
  if (!text.includes('${')) return text;
  return text.replace(reference, (whole, secret: string | undefined, name: string | undefined, otherwise = '') => {
    if (secret !== undefined || name === undefined) return whole;
    if (whole.startsWith('$$')) return whole.slice(1);
    const value = valueOf(name);
    return value === undefined || value === '' ? otherwise : value;
  });
}

/** A path with variables of the node and `~` in place. */
export function expandPath(path: string, valueOf: (name: string) => string | undefined): string {
  const home = path === '~' || path.startsWith('~/') ? valueOf('HOME') : undefined;
  return expandVariables(home === undefined ? path : `${home}${path.slice(1)}`, valueOf);
}

/** The files of all secrets in these texts, each once. */
export function secretFiles(texts: Iterable<string>): readonly string[] {
  const files = new Set<string>();
  for (const text of texts) for (const match of text.matchAll(secretReference)) files.add(match[1] ?? '');
  return [...files];
}

export function fillSecrets(text: string, secrets: ReadonlyMap<string, string>): string {
  return text.replace(/\$?\$\{secret:([^}]*)\}/g, (whole, file: string) =>
    whole.startsWith('$$') ? whole.slice(1) : (secrets.get(file) ?? whole),
  );
}

const secretReference = /(?<!\$)\$\{secret:([^}]*)\}/g;
