import type { RunStatus } from '../model/run-status.ts';
import type { ParameterCondition, Selector } from './selector.ts';
import type { SelectorProblem, SelectorSource } from './selector-problem.ts';
import { suggest } from '../define/suggest.ts';
import { runReasons, runStatuses } from '../model/run-status.ts';
import { parseWhere } from './parse-where.ts';

/** The parts as flags and query parameters give them; each may be given several times. */
export interface SelectorParts {
  readonly names?: readonly string[];
  /** Each may hold several, separated by commas; so may `reasons`. Names may themselves hold commas and are repeated instead. */
  readonly states?: readonly string[];
  readonly reasons?: readonly string[];
  readonly experiments?: readonly string[];
  readonly clusters?: readonly string[];
  readonly nodes?: readonly string[];
  readonly failures?: readonly string[];
  readonly where?: readonly string[];
}

export type SelectorResult =
  | { readonly kind: 'selector'; readonly selector: Selector }
  | { readonly kind: 'unreadable'; readonly problems: readonly SelectorProblem[] };

/** One part with its place in the text that it was read from, so that problems point into what was typed. */
export interface PlacedPart {
  readonly source: Exclude<SelectorSource, 'text'>;
  readonly value: string;
  readonly placeOf: (position: number) => Pick<SelectorProblem, 'source' | 'input' | 'position'>;
}

/** Which runs do these flags mean? All problems are told, not only the first. */
export function parseSelector(parts: SelectorParts): SelectorResult {
  return readParts([
    ...placed('name', parts.names),
    ...placed('state', parts.states),
    ...placed('reason', parts.reasons),
    ...placed('experiment', parts.experiments),
    ...placed('cluster', parts.clusters),
    ...placed('node', parts.nodes),
    ...placed('failure', parts.failures),
    ...placed('where', parts.where),
  ]);
}

function placed(source: PlacedPart['source'], values: readonly string[] = []): readonly PlacedPart[] {
  return values.map((value) => ({ source, value, placeOf: (position) => ({ source, input: value, position }) }));
}

/** Reads parts that `parseSelector` or `parseSelectorText` have found. */
export function readParts(parts: readonly PlacedPart[]): SelectorResult {
  const names: string[] = [];
  const except: string[] = [];
  const statuses: RunStatus[] = [];
  const reasons: string[] = [];
  const experiments: string[] = [];
  const clusters: string[] = [];
  const nodes: string[] = [];
  const failures: string[] = [];
  const where: ParameterCondition[] = [];
  const problems: SelectorProblem[] = [];
  for (const part of parts) {
    switch (part.source) {
      case 'name':
        names.push(...readName(part, runPatternObjection, problems));
        break;
      case 'except':
        except.push(...readName(part, runPatternObjection, problems));
        break;
      case 'state':
        statuses.push(...readWords(part, runStatuses, problems));
        break;
      case 'reason':
        reasons.push(...readWords(part, reasonWords, problems));
        break;
      case 'experiment':
        experiments.push(...readName(part, namePatternObjection, problems));
        break;
      case 'cluster':
        clusters.push(...readName(part, namePatternObjection, problems));
        break;
      case 'node':
        nodes.push(...readName(part, namePatternObjection, problems));
        break;
      case 'failure':
        failures.push(...readName(part, failureObjection, problems));
        break;
      case 'where': {
        const result = parseWhere(part.value);
        if (result.kind === 'conditions') where.push(...result.conditions);
        else problems.push({ ...result.failure, ...part.placeOf(result.failure.position) });
        break;
      }
    }
  }
  if (problems.length > 0) return { kind: 'unreadable', problems };
  return { kind: 'selector', selector: { names, except, statuses, reasons, experiments, clusters, nodes, failures, where } };
}

const reasonWords: readonly string[] = [...new Set(Object.values(runReasons).flat())];

/** The characters of names, and the glob's star. */
const notInPattern = /[^A-Za-z0-9._\-+=,*]/;
const notInRunPattern = /[^A-Za-z0-9._\-+=,*@]/;

type Objection = Pick<SelectorProblem, 'position' | 'expected' | 'found' | 'didYouMean'>;

function namePatternObjection(text: string): Objection | null {
  const bad = text === '' ? 0 : text.search(notInPattern);
  if (bad === -1) return null;
  return {
    position: bad,
    expected: 'a name of letters, digits and . _ - + = , or a pattern with *',
    found: text.slice(bad, bad + 1),
    didYouMean: null,
  };
}

function failureObjection(text: string): Objection | null {
  if (/^[0-9a-f]{12}$/.test(text)) return null;
  return {
    position: 0,
    expected: 'the id of a kind of failure, twelve digits as `juqueue failures` lists them',
    found: text,
    didYouMean: null,
  };
}

function runPatternObjection(text: string): Objection | null {
  const bad = text === '' ? 0 : text.search(notInRunPattern);
  if (bad !== -1) {
    const meant = text.replaceAll('/', '@');
    const didYouMean = meant !== text && runPatternObjection(meant) === null ? meant : null;
    return {
      position: bad,
      expected: 'experiment@run, or a pattern such as experiment@* or *@run',
      found: text.slice(bad, bad + 1),
      didYouMean,
    };
  }
  const at = text.indexOf('@');
  if (at === -1 && !text.includes('*')) {
    return { position: text.length, expected: `'@' between experiment and run`, found: '', didYouMean: `${text}@*` };
  }
  const second = at === -1 ? -1 : text.indexOf('@', at + 1);
  if (second !== -1) return { position: second, expected: `one '@'`, found: text.slice(second), didYouMean: null };
  if (at === 0) return { position: 0, expected: `an experiment or * before '@'`, found: text, didYouMean: `*${text}` };
  if (at === text.length - 1) return { position: text.length, expected: `a run or * after '@'`, found: '', didYouMean: `${text}*` };
  return null;
}

function readName(part: PlacedPart, objectionTo: (text: string) => Objection | null, problems: SelectorProblem[]): readonly string[] {
  const objection = objectionTo(part.value);
  if (objection === null) return [part.value];
  problems.push({ ...objection, ...part.placeOf(objection.position) });
  return [];
}

function readWords<Word extends string>(part: PlacedPart, known: readonly Word[], problems: SelectorProblem[]): readonly Word[] {
  const words: Word[] = [];
  let position = 0;
  for (const text of part.value.split(',')) {
    const word = known.find((candidate) => candidate === text.trim());
    if (word !== undefined) words.push(word);
    else
      problems.push({
        expected: `one of ${known.join(', ')}`,
        found: text.trim(),
        didYouMean: suggest(text.trim(), known),
        ...part.placeOf(position),
      });
    position += text.length + 1;
  }
  return words;
}
