import type { ParameterValue } from '../model/definition.ts';
import type { Comparison, ParameterCondition } from './selector.ts';
import { parameterNumber } from './parameter-order.ts';

/** Where reading stopped. `position` counts characters from 0. */
export interface ReadFailure {
  readonly position: number;
  readonly expected: string;
  readonly found: string;
  readonly didYouMean: string | null;
}

export type WhereResult =
  | { readonly kind: 'conditions'; readonly conditions: readonly ParameterCondition[] }
  | { readonly kind: 'unreadable'; readonly failure: ReadFailure };

/**
 * Reads `lr<1e-3 && seed=2 && tag="a b"`: name, comparison, value, joined by `&&`. Names and values with spaces or one of
 * `< > = ! & " '` are quoted, with `\` before a quote or `\`. Unquoted values that are written as numbers are numbers, `true`
 * and `false` themselves, the rest text; quoted values are always text.
 */
export function parseWhere(text: string): WhereResult {
  const reader = new WhereReader(text);
  try {
    return { kind: 'conditions', conditions: reader.conditions() };
  } catch (error) {
    if (error instanceof Unreadable) return { kind: 'unreadable', failure: error.failure };
    throw error;
  }
}

/** Carries a failure out of the reader; never leaves this file. */
class Unreadable extends Error {
  readonly failure: ReadFailure;
  constructor(failure: ReadFailure) {
    super(failure.expected);
    this.failure = failure;
  }
}

const comparison = /(<=|>=|!=|==|=|<|>)/y;
const bareWord = /[^\s<>=!&"']+/y;
const quoted = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/sy;
const spaces = /\s*/y;
const nextWord = /\S+|$/y;

class WhereReader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  conditions(): readonly ParameterCondition[] {
    const conditions = [this.#condition()];
    for (;;) {
      this.#take(spaces);
      if (this.#position === this.#text.length) return conditions;
      if (this.#take(/&&/y) === null) this.#fail(`'&&' and another comparison, or the end`, this.#meantAnd());
      conditions.push(this.#condition());
    }
  }

  #condition(): ParameterCondition {
    this.#take(spaces);
    const parameter = this.#quotedText() ?? this.#take(bareWord)?.[0];
    if (parameter === undefined) this.#fail('the name of a parameter');
    this.#take(spaces);
    const operator = this.#operator();
    this.#take(spaces);
    const valueAt = this.#position;
    const text = this.#quotedText();
    const word = text ?? this.#take(bareWord)?.[0];
    if (word === undefined) this.#fail(`a value for ${parameter}`);
    const value = text ?? bareValue(word);
    if (typeof value === 'boolean' && operator !== '=' && operator !== '!=') {
      this.#position = valueAt;
      this.#fail(`a number or text after '${operator}'`);
    }
    return { parameter, operator, value };
  }

  #operator(): Comparison {
    const taken = this.#take(comparison)?.[0];
    if (taken === undefined) this.#fail('one of = != < <= > >=');
    return (taken === '==' ? '=' : taken) as Comparison;
  }

  #quotedText(): string | undefined {
    const quote = this.#text[this.#position];
    if (quote !== '"' && quote !== "'") return undefined;
    const match = this.#take(quoted);
    if (match === null) this.#fail(`a closing ${quote}`);
    return (match[1] ?? match[2] ?? '').replace(/\\(.)/gs, '$1');
  }

  #meantAnd(): string | null {
    return /^(and\b|&|,)/i.test(this.#text.slice(this.#position)) ? '&&' : null;
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#position = pattern.lastIndex;
    return match;
  }

  #fail(expected: string, didYouMean: string | null = null): never {
    const position = this.#position;
    throw new Unreadable({ position, expected, found: this.#take(nextWord)?.[0] ?? '', didYouMean });
  }
}

function bareValue(word: string): ParameterValue {
  if (word === 'true' || word === 'false') return word === 'true';
  return parameterNumber(word) ?? word;
}
