import { Type } from 'typebox';
import { repeatable } from '@juqueue/http';

/** A selector by its parts, as query parameters; all parts must hold. */
export const selectorParts = {
  q: Type.Optional(
    Type.String({
      maxLength: 4096,
      description: 'Selector text, as on the command line: `sweep@*`, `state:failed`, `where:"lr<1e-3"`, separated by spaces.',
    }),
  ),
  state: repeatable('Statuses: inactive, ready, running, finished, failed.'),
  reason: repeatable('Reasons of the status, such as node-lost.'),
  experiment: repeatable('Names of experiments, or globs.'),
  cluster: repeatable('Names of clusters, or globs.'),
  node: repeatable('Ids of nodes, or globs.'),
  failure: repeatable('Ids of kinds of failure, as /api/v1/failures lists them.'),
  where: repeatable('Comparisons of parameters, such as `lr<1e-3`.'),
};

/** The same as a body. */
export const SelectorSchema = Type.Object(selectorParts, {
  title: 'Selector',
  additionalProperties: false,
  description: 'All parts must hold. `{"q": "*@*"}` means every run; an empty selector is refused.',
});
