import type { ParameterValue } from '../model/definition.ts';
import type { Comparison, ParameterCondition } from './selector.ts';
import { assertNever } from '../model/assert.ts';

const numeral = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** The value as a number: numbers are their own, texts count when they are written as one (`'1e-3'`); else null. */
export function parameterNumber(value: ParameterValue): number | null {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'string': {
      const number = numeral.test(value) ? Number(value) : Number.NaN;
      return Number.isFinite(number) ? number : null;
    }
    case 'boolean':
      return null;
    default:
      return assertNever(value);
  }
}

export function parameterText(value: ParameterValue): string {
  return String(value);
}

/**
 * Whether the condition holds for a run's value of that parameter; `undefined` (the run has no such parameter) meets no
 * condition, not even `!=`. A number is compared with numbers only, as numbers; text and true/false as text, by code
 * point, as the index compares them. A value that is no number differs from every number.
 */
export function meetsCondition(condition: ParameterCondition, value: ParameterValue | undefined): boolean {
  if (value === undefined) return false;
  if (typeof condition.value !== 'number')
    return holds(condition.operator, compareCodePoints(parameterText(value), parameterText(condition.value)));
  const number = parameterNumber(value);
  if (number === null) return condition.operator === '!=';
  return holds(condition.operator, number - condition.value);
}

/** `order` is below, at or above 0 when the value is below, at or above the condition's. */
function holds(operator: Comparison, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return assertNever(operator);
  }
}

/** The order of code points, which is the order of UTF-8 bytes; `<` on strings is that of UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return sortWeight(unitA) - sortWeight(unitB);
  }
  return a.length - b.length;
}

/** Halves of a surrogate pair stand for code points above all others, though their units do not. */
function sortWeight(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x1_0000 : unit;
}
