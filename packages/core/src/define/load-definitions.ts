import type { ClusterDefinition, ExperimentDefinition, ResourceVector } from '../model/definition.ts';
import type { ClusterName, ExperimentName } from '../model/ids.ts';
import { checkDependencies } from './check-dependencies.ts';
import type { ClustersReading, DirectiveCheck, HubWish } from './cluster-definitions.ts';
import { readClusters } from './cluster-definitions.ts';
import type { DefinitionPlaces } from './fill-placeholders.ts';
import { nameKey } from './names.ts';
import type { DefinitionProblem } from './problem.ts';
import { compareProblems, fileProblem } from './problem.ts';
import type { ExperimentReading } from './read-experiment.ts';
import { readExperiment } from './read-experiment.ts';
import type { ReadText } from './read-rows.ts';
import { clustersFile, jsonLinesExtension } from './file-names.ts';
import { readJsonLines } from './json-lines-source.ts';
import type { DefinitionSource } from './source.ts';
import { readYaml } from './yaml-source.ts';

export interface DefinitionText {
  /** Relative to the def-dir, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** A definition file that was read already: of a program, what it defined. */
export interface DefinitionProgram {
  readonly path: string;
  readonly source: DefinitionSource;
}

/** Whose definition could not be read and stays as it was; `all` when it is not known whose. */
export type Kept<Name> = 'all' | readonly Name[];

/**
 * What a def-dir says. What is named in `kept` keeps its last good version; what is neither defined nor kept is not defined
 * any more.
 */
export interface Definitions {
  readonly clusters: readonly ClusterDefinition[];
  readonly keptClusters: Kept<ClusterName>;
  readonly experiments: readonly ExperimentDefinition[];
  readonly keptExperiments: Kept<ExperimentName>;
  readonly hub: HubWish;
  /** In the order of reading. */
  readonly problems: readonly DefinitionProblem[];
}

/**
 * Reads all files of a def-dir together. `clusters` is null when there is no such file. An experiment file with an error
 * counts as a whole: half a sweep is not what its author wants. In `clusters.yaml` each cluster counts for itself.
 */
export function loadDefinitions(
  clusters: DefinitionText | null,
  experiments: readonly (DefinitionText | DefinitionProgram)[],
  places: DefinitionPlaces & { readonly readText?: ReadText },
  checkDirectives: DirectiveCheck = () => [],
): Definitions {
  const clustersReading = clusters === null ? withoutClusters() : readClusters(clusters.path, clusters.text, checkDirectives);
  const context = { ...places, clusters: nodesOfClusters(clustersReading) };
  const readings = withUniqueNames(experiments.map((file) => readExperiment('source' in file ? file.source : sourceOf(file), context)));
  checkDependencies(readings);
  const good = readings.flatMap(({ definition, problems }) => (definition === null || problems.errorCount > 0 ? [] : [definition]));
  const broken = readings.filter(({ definition, problems }) => definition === null || problems.errorCount > 0).map(({ name }) => name);
  const brokenNames = broken.filter((name) => name !== null);
  return {
    clusters: clustersReading.clusters,
    keptClusters: clustersReading.isReadable ? clustersReading.broken : 'all',
    experiments: good,
    keptExperiments: brokenNames.length === broken.length ? brokenNames : 'all',
    hub: clustersReading.hub,
    problems: [...clustersReading.problems, ...readings.flatMap(({ problems }) => problems.all)].sort(compareProblems),
  };
}

function sourceOf({ path, text }: DefinitionText): DefinitionSource {
  return path.endsWith(jsonLinesExtension) ? readJsonLines(path, text) : readYaml(path, text);
}

function withoutClusters(): ClustersReading {
  const problem = fileProblem(
    clustersFile,
    'error',
    'file-missing',
    `there is no ${clustersFile}, expected the clusters that runs may use`,
    'juqueue init writes an example',
  );
  return { isReadable: false, clusters: [], broken: [], hub: 'as-before', problems: [problem] };
}

function nodesOfClusters(reading: ClustersReading): ReadonlyMap<ClusterName, ResourceVector | null> | null {
  if (!reading.isReadable) return null;
  const broken = reading.broken.map((name) => [name, null] as const);
  return new Map([...broken, ...reading.clusters.map((cluster) => [cluster.name, cluster.nodeResources] as const)]);
}

/** Of several files with the same name the first counts, in the order of their paths. */
function withUniqueNames(readings: readonly ExperimentReading[]): readonly ExperimentReading[] {
  const first = new Map<string, ExperimentReading>();
  return readings.map((reading) => {
    if (reading.name === null) return reading;
    const twin = first.get(nameKey(reading.name));
    if (twin === undefined) {
      first.set(nameKey(reading.name), reading);
      return reading;
    }
    const difference = twin.name === reading.name ? '' : ', but for case';
    reading.problems.add(
      ['name'],
      'value',
      'duplicate-experiment',
      `experiment '${reading.name}' is defined in ${twin.file} too${difference}`,
      'give it another name',
    );
    return { ...reading, definition: null };
  });
}
