import type { CheckpointContract, ContainerRuntime, ResourceVector } from './definition.ts';
import type { ClusterName } from './ids.ts';

/** How a profile executes: in a container, or by a program of this cluster. */
export type HubProfileKind =
  | {
      readonly kind: 'container';
      readonly runtime: ContainerRuntime;
      readonly image: string;
      readonly network: 'host' | 'none';
      readonly bind: readonly string[];
      readonly gpu: 'nvidia' | 'rocm' | null;
    }
  | { readonly kind: 'host' };

/** What a kind of job is on this cluster. */
export interface HubProfile {
  /** `processor/profile`; the processor may contain `:`. */
  readonly name: string;
  readonly execution: HubProfileKind;
  /** The program that gets the job's command as its arguments; null: the job says the whole command. */
  readonly entrypoint: readonly string[] | null;
  readonly env: Readonly<Record<string, string>>;
  /** What a job takes that says nothing else, and the most that it may ask for where both say something. */
  readonly resources: ResourceVector;
  readonly clusters: readonly ClusterName[];
  readonly timeMs: number | null;
  /** The most time; a job's own limit may be shorter. */
  readonly timeLimitMs: number | null;
  readonly checkpoint: CheckpointContract;
  /** Where outputs stay unless the job says otherwise. */
  readonly outputs: 'hub' | 'cluster' | null;
  readonly maxJobs: number;
}

/** The agent of a manager: which hub it serves, and what it executes for it. */
export interface HubDefinition {
  /** Without a trailing slash. */
  readonly url: string;
  readonly agent: string;
  /** What speaks there: a hub of JuQueue, or an EMX2 server, whose worker this agent is then. Without it a hub. */
  readonly protocol?: 'hub' | 'emx2';
  /** File of mode 0600 with the agent's credential. Relative paths are relative to the definitions folder. */
  readonly secretFile: string;
  /** Certificates that are trusted besides the system's. */
  readonly caFile: string | null;
  /** `http://host:port`; null: what HTTPS_PROXY and NO_PROXY say. */
  readonly proxy: string | null;
  readonly clusters: readonly ClusterName[];
  readonly maxJobs: number;
  readonly profiles: readonly HubProfile[];
  /** How images of the users' own choice are executed; null: they are not. */
  readonly images: Omit<HubProfile, 'name' | 'entrypoint' | 'env' | 'outputs'> | null;
  /** Repositories from which images are built: addresses, those that end in `/` with all below. Empty: none are. */
  readonly buildFrom: readonly string[];
  /** Users of the hub who may execute without a container. They are, to this cluster, its owner. */
  readonly hostUsers: readonly string[];
  /** Folders below which jobs may name files and folders of the cluster. */
  readonly roots: readonly string[];
  /** Hosts from which inputs that name an address are fetched (`data.example.org`, `*.example.org`), inside only when it is said. */
  readonly inputHosts: readonly string[];
  readonly allowsPrivateInputs: boolean;
  /** The most that one job may have fetched from there. */
  readonly maxInputBytes: number;
  /** The most that one job may upload. */
  readonly maxOutputBytes: number;
}

/** The capability of images of the users' choice, and that of commands without a container. */
export const imageCapability = 'image';
/** That of images which are built from repositories. */
export const buildCapability = 'build';
export const hostCapability = 'host';

/** The experiment that the agent of a hub defines for its jobs. */
export function hubExperiment({ agent }: Pick<HubDefinition, 'agent'>): string {
  return `hub-${agent}`;
}
