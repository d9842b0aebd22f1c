/** The path, from `base` when it is relative. `~` and `$VAR` belong to the node and stay as they are. */
export function resolvePath(base: string, path: string): string {
  if (/^[/~$]/.test(path)) return path;
  return `${base}/${path.replace(/^(?:\.\/+)+/, '')}`;
}
