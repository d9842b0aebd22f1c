/** A text with places for values: literals and names in turn, beginning and ending with a literal. */
export interface Template {
  readonly literals: readonly string[];
  readonly names: readonly string[];
}

/**
 * `{name}` is a place for a value, `{{name}}` the text `{name}`. Every other brace stands for itself, so that JSON, awk, shell
 * functions and `${VAR}` need no escapes.
 */
const placeholder = /\{\{[A-Za-z_][\w.-]*\}\}|(?<!\$)\{([A-Za-z_][\w.-]*)\}/g;

export function parseTemplate(text: string): Template {
  const literals: string[] = [];
  const names: string[] = [];
  let literal = '';
  let end = 0;
  for (const match of text.matchAll(placeholder)) {
    literal += text.slice(end, match.index);
    end = match.index + match[0].length;
    const [escaped, name] = match;
    if (name === undefined) {
      literal += escaped.slice(1, -1);
      continue;
    }
    literals.push(literal);
    names.push(name);
    literal = '';
  }
  literals.push(literal + text.slice(end));
  return { literals, names };
}

/** The text with every name replaced by what `valueOf` answers. */
export function fillTemplate(template: Template, valueOf: (name: string) => string): string {
  let text = template.literals[0] ?? '';
  for (const [index, name] of template.names.entries()) text += valueOf(name) + (template.literals[index + 1] ?? '');
  return text;
}
