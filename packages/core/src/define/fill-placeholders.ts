import type { ParameterValue } from '../model/definition.ts';
import { fillTemplate, parseTemplate } from './placeholders.ts';
import type { Template } from './placeholders.ts';

/** Where a definition is, for `{def_dir}` and `{work_dir}`. Absolute paths. */
export interface DefinitionPlaces {
  readonly defDir: string;
  readonly workDir: string;
}

/** A placeholder without a value. `names` are those that have one. */
export interface UnknownPlaceholder {
  readonly name: string;
  readonly because: string | null;
  readonly names: readonly string[];
}

/** The values of one run's placeholders. */
export interface PlaceholderValues {
  /** Folders by name; they go before parameters of the same name. */
  readonly folders: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

/**
 * Fills texts for the runs of one file. Texts are parsed once however many runs they are filled for. A placeholder without a
 * value is reported and left as it stands.
 */
export class PlaceholderFiller {
  readonly #templates = new Map<string, Template | null>();
  readonly #isLiteral: boolean;

  constructor(isLiteral: boolean) {
    this.#isLiteral = isLiteral;
  }

  fill(text: string, values: PlaceholderValues, report: (unknown: UnknownPlaceholder) => void): string {
    const template = this.#template(text);
    return template === null ? text : fillTemplate(template, (name) => this.#valueOf(name, values, report));
  }

  /** Whether every run gets the same text. */
  isConstant(text: string): boolean {
    return this.#template(text)?.names.every((name) => name === 'def_dir' || name === 'work_dir') ?? true;
  }

  #valueOf(name: string, values: PlaceholderValues, report: (unknown: UnknownPlaceholder) => void): string {
    const folder = values.folders[name];
    if (folder !== undefined) return folder;
    const parameter = Object.hasOwn(values.parameters, name) ? values.parameters[name] : undefined;
    const names = [...Object.keys(values.folders), ...Object.keys(values.parameters)];
    if (parameter === undefined) {
      report({ name, because: null, names });
      return `{${name}}`;
    }
    const template = typeof parameter === 'string' ? this.#template(parameter) : null;
    if (template === null) return String(parameter);
    return fillTemplate(template, (inner) => {
      // An inner name that means nothing is reported where the parameter itself is filled.
      if (Object.hasOwn(values.parameters, inner) && values.folders[inner] === undefined) {
        report({ name, because: `its value holds '{${inner}}', and only folders are filled in twice`, names: [] });
      }
      return values.folders[inner] ?? `{${inner}}`;
    });
  }

  /** Null for texts without braces that mean something. */
  #template(text: string): Template | null {
    if (this.#isLiteral || !text.includes('{')) return null;
    const known = this.#templates.get(text);
    if (known !== undefined) return known;
    const parsed = parseTemplate(text);
    const template = parsed.names.length === 0 && parsed.literals[0] === text ? null : parsed;
    this.#templates.set(text, template);
    return template;
  }
}
