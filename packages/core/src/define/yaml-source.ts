import type { Document, ErrorCode, Pair, Range, Scalar, YAMLError } from 'yaml';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { DefinitionSource, Place, TextTrouble, ValuePath } from './source.ts';
import { lineOf, linesOf } from './text-lines.ts';

/** Reads YAML 1.2 with merge keys. Never throws: whatever is wrong with the text is a problem. */
export function readYaml(file: string, text: string): DefinitionSource {
  const lines = linesOf(text);
  const line = (number: number) => lineOf(text, lines, number);
  try {
    // The parser's own search for duplicate keys is quadratic, and does not say where the first one stands.
    const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, stringKeys: true, merge: true, logLevel: 'silent' });
    const troubles = [...syntaxTroubles(document, lines), ...contentTroubles(document, lines)];
    const value: unknown = document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: -1 });
    return {
      file,
      value,
      troubles,
      strangeValues: [],
      isLiteral: false,
      lastName: null,
      line,
      place: (path, at) => placeOf(document, lines, path, at),
    };
  } catch (error) {
    const place = { line: 1, column: 1, endColumn: null };
    const message = `this is not valid YAML: ${error instanceof Error ? error.message : String(error)}`;
    return {
      file,
      value: undefined,
      troubles: [{ ...place, severity: 'error', code: 'yaml-syntax', message, hint: null }],
      strangeValues: [],
      isLiteral: false,
      lastName: null,
      line,
      place: () => place,
    };
  }
}

/** Of several errors only the first counts: the parser has lost its way there, and the others follow from it. */
function syntaxTroubles(document: Document.Parsed, lines: LineCounter): readonly TextTrouble[] {
  const [error] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  return [...(error === undefined ? [] : [error]), ...document.warnings].map((error) => ({
    ...placeOfRange(lines, error.pos[0], error.pos[1]),
    severity: error.name === 'YAMLWarning' ? ('warning' as const) : ('error' as const),
    code: 'yaml-syntax' as const,
    message: `this is not valid YAML: ${error.message}`,
    hint: isUnclosed(error) ? 'a bracket or quote before this place is opened and not closed' : hintFor(error.code),
  }));
}

/** The parser notices what is not closed only where the next thing stands, or at the end. */
function isUnclosed({ code, message }: YAMLError): boolean {
  return code === 'MISSING_CHAR' || (code === 'BAD_INDENT' && message.includes('and end with a'));
}

function hintFor(code: ErrorCode): string | null {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces';
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return "lines of one mapping are indented equally; a text with ': ' in it needs quotes";
    default:
      return null;
  }
}

/** Keys that stand twice, and numbers that would not arrive as they were written. */
function contentTroubles(document: Document.Parsed, lines: LineCounter): readonly TextTrouble[] {
  const troubles: TextTrouble[] = [];
  visit(document, {
    Map(_, map) {
      const first = new Map<unknown, number>();
      for (const { key } of map.items as Pair<Scalar, unknown>[]) {
        if (!isScalar(key) || key.range == null || key.value === '<<') continue;
        const place = placeOfRange(lines, key.range[0], key.range[1]);
        const firstLine = first.get(key.value);
        if (firstLine === undefined) first.set(key.value, place.line);
        else
          troubles.push({
            ...place,
            severity: 'error',
            code: 'duplicate-key',
            message: `key '${String(key.value)}' stands twice, first in line ${firstLine}`,
            hint: 'remove one of the two',
          });
      }
    },
    Scalar(at, scalar) {
      if (at === 'key' || typeof scalar.value !== 'number' || scalar.range == null || isExact(scalar.value, scalar.source)) return;
      const place = placeOfRange(lines, scalar.range[0], scalar.range[1]);
      troubles.push({
        ...place,
        severity: 'error',
        code: 'inexact-number',
        message: `the number ${scalar.source ?? scalar.value} cannot be represented exactly`,
        hint: 'write it in quotes to pass it on as it stands',
      });
    },
  });
  return troubles;
}

function isExact(value: number, source: string | undefined): boolean {
  if (!Number.isFinite(value)) return false;
  return Number.isSafeInteger(value) || !/^[-+]?\d+$/.test(source ?? '');
}

function placeOf(document: Document.Parsed, lines: LineCounter, path: ValuePath, at: 'key' | 'value'): Place {
  let node: unknown = document.contents;
  let range = isNode(node) ? node.range : null;
  for (const [depth, step] of path.entries()) {
    const pair = pairAt(document, node, step);
    if (pair === null) break;
    const isLast = depth === path.length - 1;
    node = pair.value;
    const place = (isLast && at === 'key') || !isNode(node) || node.range == null ? pair.key : node;
    range = rangeOf(place) ?? range;
  }
  return range == null ? { line: 1, column: 1, endColumn: null } : placeOfRange(lines, range[0], range[1]);
}

/** One step down: the entry of a mapping (its own, or one that `<<` brings in) or the item of a list. */
function pairAt(
  document: Document.Parsed,
  parent: unknown,
  step: string | number,
): { readonly key: unknown; readonly value: unknown } | null {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node)) {
    const item: unknown = node.items[Number(step)];
    return item === undefined ? null : { key: item, value: item };
  }
  if (!isMap(node)) return null;
  for (const pair of node.items) if (isScalar(pair.key) && String(pair.key.value) === String(step)) return pair;
  for (const pair of node.items) {
    if (!isScalar(pair.key) || pair.key.value !== '<<') continue;
    const merged = isSeq(pair.value) ? pair.value.items : [pair.value];
    for (const source of merged) {
      const found = pairAt(document, source, step);
      if (found !== null) return found;
    }
  }
  return null;
}

function rangeOf(node: unknown): Range | null {
  return isNode(node) ? (node.range ?? null) : null;
}

function placeOfRange(lines: LineCounter, start: number, end: number): Place {
  const from = lines.linePos(start);
  const to = lines.linePos(end);
  const isOneLine = to.line === from.line && to.col > from.col;
  return { line: Math.max(1, from.line), column: Math.max(1, from.col), endColumn: isOneLine ? to.col : null };
}
