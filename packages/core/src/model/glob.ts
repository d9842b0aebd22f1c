/** The pattern as a regular expression over a whole name: `*` stands for any characters, everything else for itself. */
export function globToRegExp(pattern: string): RegExp {
  return new RegExp(`^${pattern.split('*').map(escapeLiteral).join('.*')}$`, 's');
}

function escapeLiteral(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
