import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { JuqueueError, clustersFile, readClusters, readHubFile } from '@juqueue/core';
import type { DefinitionProblem, HubDefinition } from '@juqueue/core';
import { readPrivateFile } from '../access/private-file.ts';

/** What an agent is started with. */
export interface AgentConfiguration {
  /** With absolute paths. */
  readonly definition: HubDefinition;
  readonly secret: string;
}

/** Reads the hub of `clusters.yaml`, or of a file of its own. Throws JQ_DEFINITIONS_INVALID or JQ_SECRET_NOT_PRIVATE. */
export async function loadAgent(defDir: string, configFile: string | null): Promise<AgentConfiguration> {
  const file = configFile ?? join(defDir, clustersFile);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new JuqueueError('JQ_DEFINITIONS_INVALID', `${file} cannot be read: ${error.code ?? error.message}.`);
  });
  const definition = configFile === null ? fromClusters(file, text) : fromFile(file, text);
  const base = dirname(file);
  const resolved = {
    ...definition,
    secretFile: absolute(base, definition.secretFile),
    caFile: definition.caFile === null ? null : absolute(base, definition.caFile),
    profiles: definition.profiles.map((profile) => withImagePath(profile, base)),
  };
  const secret = await readPrivateFile(resolved.secretFile).catch((error: unknown) => {
    if (error instanceof JuqueueError) throw error;
    throw new JuqueueError(
      'JQ_SECRET_NOT_PRIVATE',
      `The secret file ${resolved.secretFile} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}.`,
      'Write the secret that the hub issued into it, with mode 600.',
    );
  });
  return { definition: resolved, secret };
}

function fromClusters(file: string, text: string): HubDefinition {
  const { hub, problems } = readClusters(file, text, () => []);
  if (hub === 'none')
    throw new JuqueueError('JQ_DEFINITIONS_INVALID', `${file} has no key 'hub'.`, 'Say which hub is served, or name a file with --config.');
  if (hub === 'as-before') throw invalid(file, problems);
  return hub;
}

function fromFile(file: string, text: string): HubDefinition {
  const { definition, problems } = readHubFile(file, text);
  if (definition === null) throw invalid(file, problems);
  return definition;
}

function invalid(file: string, problems: readonly DefinitionProblem[]): JuqueueError {
  const first = problems.find(({ severity }) => severity === 'error');
  return new JuqueueError(
    'JQ_DEFINITIONS_INVALID',
    `${file}:${first?.line ?? 0}:${first?.column ?? 0}: ${first?.message ?? 'it has problems'}.`,
    first?.hint ?? null,
  );
}

/** The rows of jobs are definitions of another file: what is relative here would mean another place there. */
function withImagePath(profile: HubDefinition['profiles'][number], base: string): HubDefinition['profiles'][number] {
  const { execution } = profile;
  if (
    execution.kind === 'host' ||
    execution.runtime === 'docker' ||
    execution.runtime === 'podman' ||
    /^[a-z+-]+:\/\/|^[/~$]/.test(execution.image)
  )
    return profile;
  return { ...profile, execution: { ...execution, image: join(base, execution.image) } };
}

function absolute(base: string, path: string): string {
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1));
  return isAbsolute(path) ? path : join(base, path);
}
