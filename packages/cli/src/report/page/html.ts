/** Markup that is safe to put into a page: everything in it that was text has been escaped. */
export interface Html {
  readonly markup: string;
}

type Part = string | number | Html | readonly Html[];

/** `html\`<td>${text}</td>\``: texts and numbers are escaped, markup stays as it is. */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: pieces.reduce((markup, piece, i) => markup + rendered(parts[i - 1] ?? '') + piece) };
}

export const noHtml: Html = { markup: '' };

function rendered(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
