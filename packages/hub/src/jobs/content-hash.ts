import { hash } from 'node:crypto';

/** SHA-256 of the canonical JSON of a definition. Equal definitions have equal hashes on every machine. */
export function contentHash(definition: unknown): string {
  return hash('sha256', canonicalJson(definition));
}

/** JSON without spaces, keys in order of their UTF-16 code units. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
