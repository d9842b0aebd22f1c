import type { ClusterDefinition } from '../model/definition.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import type { Clock } from '../ports/clock.ts';
import type { ImagePort } from '../ports/images.ts';
import type { IndexFeed } from '../ports/index-feed.ts';
import type { Log } from '../ports/log.ts';
import type { ManagerFiles } from '../ports/manager-files.ts';
import type { NodeFiles } from '../ports/node-files.ts';
import type { NodeLink } from '../ports/node-link.ts';
import type { RunHistories } from '../ports/run-histories.ts';
import type { RunIndex } from '../ports/run-index.ts';
import type { Store } from '../ports/store.ts';
import type { EpochRight } from '../fencing/epoch.ts';
import type { FencingTimes } from '../fencing/fencing-times.ts';
import type { WorkDirFindings } from './work-dir-findings.ts';

/** What an engine works with; the shell implements it. */
export interface EnginePorts {
  readonly store: Store;
  readonly index: RunIndex & IndexFeed;
  readonly link: NodeLink;
  readonly nodeFiles: NodeFiles;
  readonly managerFiles: ManagerFiles;
  readonly histories: RunHistories;
  readonly clock: Clock;
  readonly log: Log;
  /** The port of a cluster, made when its definition first appears or changes. */
  readonly connectCluster: (definition: ClusterDefinition) => ClusterPort;
  /** 128 unguessable bits in hexadecimal. */
  readonly newSecret: () => string;
  /** Writes where this manager can be reached; rejects when the file system says no. */
  readonly announce: () => Promise<void>;
  /** A higher epoch exists: this process must end without touching anything. */
  readonly onSuperseded: () => void;
  /** Without it runs with images of registries wait for ever: for worlds that have none. */
  readonly images?: ImagePort;
  /** Told how long each decision took. */
  readonly onTick?: (tookMs: number) => void;
}

/** What is known before an engine begins. */
export interface EngineStart {
  /** The right that this start took, from before its epoch was created. */
  readonly right: EpochRight;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** Of the messages to nodes; those of the version before are served too. */
  readonly protocol: number;
  readonly times: FencingTimes;
  /** What the work-dir knows beside the journal; null when the journal has lost nothing. */
  readonly findings: WorkDirFindings | null;
}
