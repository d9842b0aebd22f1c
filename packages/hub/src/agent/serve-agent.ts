import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hubExperiment, JuqueueError } from '@juqueue/core';
import { AgentState } from './agent-state.ts';
import { Agent } from './agent.ts';
import { lockAgent } from './agent-lock.ts';
import { Emx2Hub } from './emx2-hub.ts';
import { HttpHub } from './http-hub.ts';
import { HubRefusal, HubUnreachable } from './hub-port.ts';
import type { HubPort } from './hub-port.ts';
import { HubRequests } from './hub-requests.ts';
import { capabilitiesOf } from './job-row.ts';
import { loadAgent } from './load-agent.ts';
import type { AgentConfiguration } from './load-agent.ts';
import { ManagerRuns } from './manager-runs.ts';
import type { ConnectToManager } from './manager-runs.ts';
import { SimulatedRuns } from './simulated-runs.ts';
import { UrlInputs } from './url-inputs.ts';

/** How an agent is started. */
export interface ServeAgentOptions {
  readonly version: string;
  readonly defDir: string;
  readonly workDir: string;
  readonly configFile: string | null;
  readonly connect: ConnectToManager;
  readonly isDraining: boolean;
  readonly isOnce: boolean;
  /** Executes nothing: jobs finish by themselves. */
  readonly isSimulated: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (sentence: string) => void;
  /** Ends it; jobs go on. */
  readonly signal: AbortSignal;
}

/** Serves the hub until it is told to end. Throws what keeps it from starting. */
export async function serveAgent(options: ServeAgentOptions): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const configuration = await loadAgent(options.defDir, options.configFile);
  const { definition } = configuration;
  const simulation = options.isSimulated ? await mkdtemp(join(tmpdir(), 'juqueue-agent-')) : null;
  if (simulation !== null) stack.defer(() => rm(simulation, { recursive: true, force: true }));
  const state = await AgentState.open(
    simulation === null ? join(options.workDir, '.juqueue', 'hub', definition.agent) : join(simulation, 'state'),
  );
  const lock = await lockAgent(state.lockFile);
  if (lock === null)
    throw new JuqueueError(
      'JQ_WORK_DIR_LOCKED',
      `Another agent '${definition.agent}' works on ${options.workDir}.`,
      'The manager starts one by itself when clusters.yaml has the key hub.',
    );
  stack.defer(() => lock.release());
  const requests = stack.use(await openRequests(configuration, options.env));
  const inputs = stack.use(await UrlInputs.open(definition, options.env));
  const agent = new Agent({
    version: options.version,
    definition,
    hub: hubOf(configuration, requests, simulation !== null),
    runs: simulation === null ? new ManagerRuns(options.connect, hubExperiment(definition), definition.clusters) : new SimulatedRuns(),
    inputs,
    state,
    defDir: simulation ?? options.defDir,
    workDir: simulation ?? options.workDir,
    isDraining: options.isDraining,
    isOnce: options.isOnce,
    doJobsGoOn: simulation === null,
    log: options.log,
  });
  const stop = (): void => agent.stop();
  options.signal.addEventListener('abort', stop);
  stack.defer(() => options.signal.removeEventListener('abort', stop));
  if (options.signal.aborted) return;
  await agent.run();
}

/** Tells the hub what this agent offers, and nothing else. */
export async function registerAgent({
  version,
  defDir,
  configFile,
  env,
}: Pick<ServeAgentOptions, 'version' | 'defDir' | 'configFile' | 'env'>): Promise<readonly string[]> {
  const configuration = await loadAgent(defDir, configFile);
  using requests = await openRequests(configuration, env);
  const capabilities = capabilitiesOf(configuration.definition);
  await hubOf(configuration, requests).register({
    hostname: hostname(),
    version,
    capabilities,
    hostUsers: configuration.definition.hostUsers,
  });
  return capabilities.map(({ profile }) => profile);
}

function openRequests({ definition, secret }: AgentConfiguration, env: ServeAgentOptions['env']): Promise<HubRequests> {
  return HubRequests.open({
    url: definition.url,
    agent: definition.agent,
    secret,
    caFile: definition.caFile,
    proxy: definition.proxy,
    env,
    protocol: definition.protocol,
  });
}

/** An agent that `forgets` takes care of nothing that it did not begin itself. */
function hubOf({ definition }: AgentConfiguration, requests: HubRequests, forgets = true): HubPort {
  return definition.protocol === 'emx2' ? new Emx2Hub(requests, definition.agent, { forgets }) : new HttpHub(requests);
}

/** Whether the hub answers this agent; null, or the sentence that says why not. */
export async function hubTrouble(configuration: AgentConfiguration, env: ServeAgentOptions['env']): Promise<string | null> {
  using requests = await openRequests(configuration, env);
  try {
    await hubOf(configuration, requests).renew({ held: [], room: { freeSlots: 0, openSlots: 0, nextFreeInMs: null, isDraining: true } });
    return null;
  } catch (error) {
    // It knows the credential; register tells it the rest.
    if (error instanceof HubRefusal && error.code === 'JQ_AGENT_UNKNOWN') return null;
    if (error instanceof HubRefusal || error instanceof HubUnreachable) return error.message;
    throw error;
  }
}
