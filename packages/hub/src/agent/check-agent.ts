import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { HubDefinition } from '@juqueue/core';
import { JuqueueError } from '@juqueue/core';
import { loadAgent } from './load-agent.ts';
import { hubTrouble } from './serve-agent.ts';
import type { ConnectToManager } from './manager-runs.ts';

/** One thing that was looked at. */
export interface AgentFinding {
  readonly subject: string;
  readonly isGood: boolean;
  readonly sentence: string;
}

export interface CheckOptions {
  readonly defDir: string;
  readonly configFile: string | null;
  readonly connect: ConnectToManager;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether an agent would work here: its file, secret, hub, manager, container runtimes, images and roots. Changes nothing. */
export async function checkAgent({ defDir, configFile, connect, env }: CheckOptions): Promise<readonly AgentFinding[]> {
  let configuration: Awaited<ReturnType<typeof loadAgent>>;
  try {
    configuration = await loadAgent(defDir, configFile);
  } catch (error) {
    if (!(error instanceof JuqueueError)) throw error;
    return [{ subject: 'definition', isGood: false, sentence: error.problem.message }];
  }
  const { definition } = configuration;
  const trouble = await hubTrouble(configuration, env);
  const manager = await connect()
    .then((client) => client.call('getHealth', {}))
    .then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  return [
    finding(
      'definition',
      null,
      `agent '${definition.agent}', ${definition.profiles.length} profiles${definition.hostUsers.length === 0 ? '' : `, without a container for ${definition.hostUsers.join(', ')}`}`,
    ),
    finding('hub', trouble, `${definition.url} knows this agent`),
    finding('manager', manager, 'it answers'),
    ...(await runtimeFindings(definition, env['PATH'] ?? '')),
    ...(await imageFindings(definition)),
    ...(await Promise.all(
      definition.roots.map(async (root) =>
        finding(`root ${root}`, (await isFolder(root)) ? null : 'it is no folder that we can read', 'it is there'),
      ),
    )),
  ];
}

function finding(subject: string, trouble: string | null, sentence: string): AgentFinding {
  return { subject, isGood: trouble === null, sentence: trouble ?? sentence };
}

const programs = {
  apptainer: 'apptainer',
  singularity: 'singularity',
  docker: 'docker',
  podman: 'podman',
  charliecloud: 'ch-run',
} as const;

async function runtimeFindings(definition: HubDefinition, path: string): Promise<readonly AgentFinding[]> {
  const executions = [...definition.profiles, ...(definition.images === null ? [] : [definition.images])].map(({ execution }) => execution);
  const runtimes = [...new Set(executions.flatMap((execution) => (execution.kind === 'container' ? [execution.runtime] : [])))].sort();
  return Promise.all(
    runtimes.map(async (runtime) => {
      const program = programs[runtime];
      const found = await Promise.all(
        path.split(delimiter).map((folder) =>
          access(join(folder, program), constants.X_OK).then(
            () => true,
            () => false,
          ),
        ),
      );
      return finding(
        runtime,
        found.includes(true) ? null : `there is no ${program} on PATH here; nodes may have it`,
        `${program} is on PATH`,
      );
    }),
  );
}

async function imageFindings(definition: HubDefinition): Promise<readonly AgentFinding[]> {
  const findings: AgentFinding[] = [];
  for (const { name, execution } of definition.profiles) {
    if (execution.kind === 'host' || !execution.image.startsWith('/')) continue;
    const isThere = await stat(execution.image).then(
      () => true,
      () => false,
    );
    findings.push(finding(`image of ${name}`, isThere ? null : `${execution.image} does not exist`, execution.image));
  }
  return findings;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
