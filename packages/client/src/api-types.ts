/** Written by `npm run openapi` from packages/server/public/openapi.json; a test fails when it differs. */

/** The parts of every account sum to its billedSlotMs. Clusters sum to the total, and so do experiments with `unattributed`: the nodes on which no run ever was. */
export interface Accounting {
  /** Epoch milliseconds. */
  readonly asOfMs: number;
  readonly total: TotalAccount;
  readonly clusters: readonly ClusterAccount[];
  readonly experiments: readonly ExperimentAccount[];
  readonly unattributed: UnattributedAccount;
  /** Oldest first. The bill of each day is exact; where it went is spread evenly over the billed time of each node. */
  readonly days: readonly DayAccount[];
  readonly allocations: readonly AllocationAccount[];
  /** Cursor of the next page of allocations; null on the last one. */
  readonly nextCursor: string | null;
}

export interface AllocationAccount {
  readonly id: string;
  readonly cluster: string;
  /** The cluster's id of the allocation. */
  readonly jobId: string | null;
  /** Where its node ran. */
  readonly host: string | null;
  readonly status: 'requested' | 'submitted' | 'running' | 'ended';
  readonly slots: number;
  /** Epoch milliseconds. */
  readonly requestedAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly startedAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly endedAtMs: number | null;
  /** Whether the cluster has not confirmed start and end. */
  readonly isProvisional: boolean;
  /** By the cluster's own start and end; up to now for what still runs. */
  readonly billedNodeSeconds: number;
  /** Slots times billed milliseconds. */
  readonly billedSlotMs: number;
  readonly partsSlotMs: LedgerParts;
}

export interface AllocationCounts {
  readonly requested: number;
  readonly submitted: number;
  readonly running: number;
}

export interface AppliedDefinitions {
  /** What was applied; null when nothing waited. */
  readonly applied: DefinitionPlan | null;
  readonly problems: readonly DefinitionProblem[];
}

export interface ApplyDefinitions {
  /** Refuse with 409 when the plan is another one by now. */
  readonly planId?: string | undefined;
  /** By experiment, what becomes of running runs whose definition changed: `restart` stops them and starts the new version; `finish` lets them end and uses the new version next; `skip` applies nothing of this experiment. */
  readonly choices?: Readonly<Record<string, 'restart' | 'finish' | 'skip'>> | undefined;
  /** The choice for experiments that `choices` does not name; `restart` when absent. */
  readonly others?: 'restart' | 'finish' | 'skip' | undefined;
  readonly clusters?: 'apply' | 'skip' | undefined;
}

export interface Attempt {
  readonly run: string;
  readonly attempt: number;
  readonly node: string;
  readonly slots: readonly number[];
  /** Process id on its node. */
  readonly pid: number | null;
  /** Epoch milliseconds. */
  readonly placedAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly startedAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly endedAtMs: number | null;
  readonly outcome: AttemptOutcome | null;
}

export interface AttemptList {
  readonly attempts: readonly Attempt[];
}

export interface AttemptOutcome {
  readonly kind: 'exit' | 'signal' | 'out-of-memory' | 'never-started' | 'lost';
  /** Exit code, when it ended with one. */
  readonly exitCode: number | null;
  /** Name of the signal that ended it. */
  readonly signal: string | null;
  /** Why we had asked it to stop. */
  readonly stopCause: 'user' | 'time-limit' | 'consolidation' | 'walltime' | 'preempted' | 'node-lost' | 'manager-stop' | 'definition-changed' | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly startedAtMs: number | null;
  /** Epoch milliseconds. */
  readonly endedAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly checkpointAtMs: number | null;
  /** 0 to 1. */
  readonly progress: number | null;
  readonly detail: string;
  readonly usage?: Usage | undefined;
  /** It ran out of memory that another run of its node had taken, and is tried again without using up a retry. */
  readonly isBystander?: boolean | undefined;
}

export interface BillComparison {
  readonly jobs: number;
  /** Node-seconds of these jobs as the ledger has them. */
  readonly ourSeconds: number;
  /** The same by sacct. */
  readonly slurmSeconds: number;
  readonly differences: readonly BillDifference[];
}

export interface BillDifference {
  readonly allocation: string;
  readonly jobId: string;
  readonly ourSeconds: number;
  /** Null when sacct does not know the job. */
  readonly slurmSeconds: number | null;
}

export interface Budget {
  /** Node-time that may be billed, in ms. */
  readonly nodeMs: number;
  /** Node-time that was billed up to the newest decision, in ms. */
  readonly spentNodeMs: number;
  readonly per: 'total' | 'month';
  readonly atLimit: 'finish' | 'stop';
  readonly isSpent: boolean;
  /** What running allocations may still bill beyond it when they go on to their walltime; null without a walltime. */
  readonly overshootNodeMs: number | null;
  readonly sentence: string;
}

export interface BudgetList {
  readonly budgets: readonly BudgetWithPace[];
}

export interface BudgetPace {
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  /** Mean since then. */
  readonly nodeMsPerDay: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly emptyAtMs: number | null;
}

export interface BudgetWithPace {
  readonly kind: 'cluster' | 'experiment';
  readonly name: string;
  /** Node-time that may be billed, in ms. */
  readonly nodeMs: number;
  /** Node-time that was billed up to the newest decision, in ms. */
  readonly spentNodeMs: number;
  readonly per: 'total' | 'month';
  readonly atLimit: 'finish' | 'stop';
  readonly isSpent: boolean;
  /** What running allocations may still bill beyond it when they go on to their walltime; null without a walltime. */
  readonly overshootNodeMs: number | null;
  readonly sentence: string;
  /** Nodes that are billed at this moment; for an experiment those of all clusters. */
  readonly billedNodes: number;
  /** When these nodes have spent it, if they all go on; null when it is spent or none is billed. */
  readonly emptyAtMs: number | null;
  /** How fast it was spent in the last seven days, or since the month or the first allocation began; null before anything was spent. */
  readonly pace: BudgetPace | null;
  /** When the next month begins; null for a budget of the total. */
  readonly restoredAtMs: number | null;
}

export interface ChangeGroup {
  readonly runCount: number;
  /** Up to 5 of them. */
  readonly runs: readonly string[];
  readonly keys: readonly ChangedKey[];
}

export interface ChangedKey {
  readonly key: string;
  /** JSON, or `unset`. */
  readonly from: string;
  /** JSON, or `unset`. */
  readonly to: string;
}

export interface ChannelTrial {
  /** Its name in notify.yaml. */
  readonly channel: string;
  readonly type: string;
  /** Why the channel did not take the message; null when it did. */
  readonly trouble: string | null;
}

export interface ChannelTrials {
  readonly channels: readonly ChannelTrial[];
}

export interface Checkpoint {
  readonly kind: 'undeclared' | 'none' | 'assumed' | 'every' | 'signal';
  readonly everyMs?: number | undefined;
  readonly signal?: string | undefined;
  readonly graceMs?: number | undefined;
  readonly exitCode?: number | undefined;
}

export interface CleanCommand {
  readonly selector: Selector;
  /** Refuse with 409 when another number of runs matches. */
  readonly expectCount?: number | undefined;
  /** Say what would happen; change nothing. */
  readonly dryRun?: boolean | undefined;
  /** Only runs that ended at least so long ago. */
  readonly olderThanMs?: number | undefined;
}

export interface CleanResult {
  readonly matched: number;
  /** Runs whose folder is deleted, or with `dryRun` would be. */
  readonly cleaned: number;
  readonly skippedCount: number;
  /** The first 100 of those that were left alone. */
  readonly skipped: readonly {
    readonly run: string;
    readonly because: string;
  }[];
}

export interface Cluster {
  readonly name: string;
  readonly type: 'local' | 'slurm';
  readonly slotsPerNode: number;
  readonly maxAllocations: number;
  readonly scalingPolicy: ScalingPolicy;
  /** The most time that an allocation has. */
  readonly walltimeMs: number | null;
  readonly consolidation: 'aggressive' | 'balanced' | 'off';
  /** Why it takes no submissions at present; null while it does. */
  readonly heldBecause: string | null;
  readonly budget: Budget | null;
  readonly allocations: AllocationCounts;
  readonly nodes: number;
  readonly slots: number;
  readonly busySlots: number;
}

export interface ClusterAccount {
  readonly name: string;
  /** By the cluster's own start and end; up to now for what still runs. */
  readonly billedNodeSeconds: number;
  /** The part of it that the cluster has not confirmed. */
  readonly provisionalNodeSeconds: number;
  /** What the same attempts would have been billed with a node each and no start-up at all; without what moves and dead nodes undid. */
  readonly aloneNodeSeconds: number;
  readonly allocations: number;
  /** Slots times billed milliseconds. */
  readonly billedSlotMs: number;
  readonly partsSlotMs: LedgerParts;
  /** What the same work would have cost at least, whatever the schedule. */
  readonly lowerBoundNodeSeconds: number;
  /** Lower bound divided by bill; null before anything was billed. */
  readonly efficiency: number | null;
  /** The part of the bill, 0 to 1, that moving runs together could have given back: fragmentation. */
  readonly recoverable: number | null;
  /** Null: node-hours. */
  readonly billing: ClusterBilling | null;
  readonly consolidation: ConsolidationSaving;
}

export interface ClusterBilling {
  readonly unit: string;
  /** How much of the unit one node-hour is. */
  readonly perNodeHour: number;
}

export interface ClusterEstimate {
  readonly cluster: string;
  readonly slotsPerNode: number;
  readonly maxAllocations: number;
  /** The most time that an allocation has. */
  readonly walltimeMs: number | null;
  /** What each node is billed before its first run: as measured, else 60 s. */
  readonly startUpMs: number;
  /** Runs of known time, which the points are about. */
  readonly runs: number;
  /** Runs of which nothing is known. */
  readonly unknownRuns: number;
  readonly sources: TimeSources;
  /** For at most 1, 2, 4 … nodes at a time, up to as many as would be used. */
  readonly points: readonly EstimatePoint[];
  /** Beyond so many nodes the cost grows faster, in proportion, than the time shrinks. */
  readonly kneeNodes: number | null;
  /** Node-time in ms. */
  readonly lowerBoundNodeMs: number;
  readonly budget: Budget | null;
  /** What the budget of the cluster leaves, in ms; null without one. */
  readonly leftNodeMs: number | null;
}

export interface ClusterHold {
  /** Shown wherever the cluster is. */
  readonly reason?: string | undefined;
}

export interface ClusterList {
  readonly clusters: readonly Cluster[];
}

export interface ClusterRelease {}

export interface ClusterSiteAccount {
  readonly cluster: string;
  readonly sacct: BillComparison | null;
  /** Why the bills were not compared. */
  readonly sacctTrouble: string | null;
  /** The site's own words, asked for once an hour at most. */
  readonly quotas: readonly SiteTable[];
}

export interface ConsolidationSaving {
  /** Runs that were stopped to be moved. */
  readonly moves: number;
  /** Nodes that were emptied and given back that way. */
  readonly nodes: number;
  /** How much longer those nodes would have been billed had their runs stayed; an estimate from when those runs really ended. */
  readonly savedNodeSeconds: number;
  /** The work that the moves undid; it is part of `redone`. */
  readonly redoneNodeSeconds: number;
}

export interface Container {
  readonly runtime: 'apptainer' | 'singularity' | 'podman' | 'docker' | 'charliecloud';
  readonly image: string;
  readonly bind: readonly string[];
  /** Host folder that is /input inside. */
  readonly input: string | null;
  /** Host folder that is /output inside. */
  readonly output: string | null;
  readonly gpu: 'nvidia' | 'rocm' | null;
  readonly network: 'host' | 'none';
  readonly cleanEnv: boolean;
  readonly entrypoint: boolean | string;
  readonly args: readonly string[];
}

export interface DayAccount {
  /** The day in UTC, as 2026-11-21. */
  readonly day: string;
  /** By the cluster's own start and end; up to now for what still runs. */
  readonly billedNodeSeconds: number;
  /** The part of it that the cluster has not confirmed. */
  readonly provisionalNodeSeconds: number;
  /** Slots times billed milliseconds. */
  readonly billedSlotMs: number;
  readonly partsSlotMs: LedgerParts;
}

export interface Decision {
  /** Up to 20 sentences on what was done; empty when nothing was to do. */
  readonly did: readonly string[];
  /** Up to 20 reasons why something was not done. */
  readonly left: readonly Verdict[];
  /** Epoch milliseconds; null when it has not happened. */
  readonly nextAtMs: number | null;
}

export interface DefinitionFile {
  /** Relative to the definitions folder. */
  readonly path: string;
  readonly errors: number;
  readonly warnings: number;
}

export interface DefinitionPlan {
  /** Names this plan; `definitions:apply` refuses when it is not the current one. */
  readonly id: string;
  /** The whole plan in lines for people. */
  readonly summary: string;
  readonly clustersChanged: readonly string[];
  readonly experiments: readonly ExperimentChange[];
}

export interface DefinitionProblem {
  /** Relative to the definitions folder. */
  readonly file: string;
  /** From 1; 0 when the problem is the file itself. */
  readonly line: number;
  /** From 1; 0 when the problem is the file itself. */
  readonly column: number;
  /** Column after the last character, on the same line; null when the place is a point. */
  readonly endColumn: number | null;
  readonly severity: 'error' | 'warning';
  readonly code: 'yaml-syntax' | 'json-syntax' | 'program-failed' | 'not-evaluated' | 'not-applied' | 'duplicate-key' | 'inexact-number' | 'wrong-value' | 'missing-key' | 'unknown-key' | 'not-supported-yet' | 'without-meaning' | 'bad-name' | 'duplicate-id' | 'duplicate-experiment' | 'unknown-cluster' | 'too-many-slots' | 'too-large' | 'unknown-placeholder' | 'unknown-dependency' | 'dependency-cycle' | 'bad-matrix' | 'bad-rows' | 'undeclared-checkpoint' | 'def-dir-missing' | 'file-missing' | 'file-unreadable' | 'too-many-problems';
  /** Names the thing, the expectation and the value. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | null;
  /** The line in question with carets below. */
  readonly excerpt: string | null;
}

export interface Definitions {
  /** Epoch milliseconds; null when it has not happened. */
  readonly loadedAtMs: number | null;
  /** Every file that was read, and those that could not be; by path. What a file with errors said last goes on to hold. */
  readonly files: readonly DefinitionFile[];
  readonly problems: readonly DefinitionProblem[];
  /** Changes that wait for being applied because they would stop running runs; null when there are none. */
  readonly plan: DefinitionPlan | null;
  /** What was applied last. */
  readonly applied: DefinitionPlan | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly appliedAtMs: number | null;
}

export interface DispatchStretch {
  readonly cluster: string;
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds. */
  readonly toMs: number;
  /** For which part of this time a run waited that fits into the free slots. */
  readonly share: number;
}

export interface Estimate {
  /** Epoch milliseconds. */
  readonly asOfMs: number;
  /** Runs that the selector names, finished ones left out. */
  readonly matched: number;
  /** Runs that no cluster can start. */
  readonly homeless: number;
  readonly clusters: readonly ClusterEstimate[];
}

export interface EstimatePoint {
  readonly nodes: number;
  /** Until the last run ends. */
  readonly makespanMs: number;
  readonly makespanRangeMs: EstimateRange;
  /** Node-time in ms. */
  readonly billedNodeMs: number;
  readonly billedRangeNodeMs: EstimateRange;
  /** Stops of runs that are started elsewhere so that a node can be given back. */
  readonly moves: number;
  /** Runs that walltimes would stop until they count as failed. */
  readonly failedRuns: number;
}

export interface EstimateRange {
  /** In ms. Eight times out of ten the truth is between low and high, when times are learned, or declared where those proved wrong; equal otherwise. */
  readonly low: number;
  /** In ms. */
  readonly high: number;
}

export interface Event {
  /** Place in the journal, from 1 without gaps. */
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly kind: string;
  readonly sentence: string;
  /** The run that it is about, when it is one. */
  readonly run: string | null;
  /** The attempt that it is about. */
  readonly attempt: number | null;
  /** The experiment that it is about. */
  readonly experiment: string | null;
  /** The node or allocation that it is about. */
  readonly node: string | null;
  /** How many slots the attempt takes; 0 when it was sent ahead of a free slot. */
  readonly slots: number | null;
}

export interface EventPage {
  readonly events: readonly Event[];
  /** Pass it as `since` for what follows. */
  readonly nextSince: number;
}

export interface Execution {
  readonly node: string;
  /** Empty while it waits on its node for a slot. */
  readonly slots: readonly number[];
  /** Epoch milliseconds. */
  readonly placedAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly startedAtMs: number | null;
  /** Process id on its node. */
  readonly pid: number | null;
  /** Why it is asked to stop. */
  readonly stopCause: 'user' | 'time-limit' | 'consolidation' | 'walltime' | 'preempted' | 'node-lost' | 'manager-stop' | 'definition-changed' | null;
}

export interface Executor {
  readonly env: Readonly<Record<string, string>>;
  /** Folder of a Python virtual environment. */
  readonly venv: string | null;
  readonly pythonSearchPath: readonly string[];
  readonly prependScript: readonly string[];
  readonly cuda: boolean;
  /** Where the command starts; without it in the run directory. */
  readonly cwd?: string | undefined;
  /** File from which it reads its standard input. */
  readonly stdin?: string | undefined;
  readonly umask?: string | undefined;
  readonly loginShell?: boolean | undefined;
  readonly cpuBinding?: boolean | undefined;
  readonly container?: Container | undefined;
}

export interface ExpectedTime {
  /** Of an executing run what is left, of any other what its next attempt would take. */
  readonly ms: number;
  /** Hardly longer than this. */
  readonly upperMs: number;
  /** declared: by its definition; learned: from finished runs of its experiment; progress: from what it wrote to its progress file. */
  readonly source: 'declared' | 'learned' | 'progress';
  /** The parameter by whose value the finished runs were told apart. */
  readonly by: string | null;
}

export interface ExperimentAccount {
  readonly name: string;
  /** By the cluster's own start and end; up to now for what still runs. */
  readonly billedNodeSeconds: number;
  /** The part of it that the cluster has not confirmed. */
  readonly provisionalNodeSeconds: number;
  /** What the same attempts would have been billed with a node each and no start-up at all; without what moves and dead nodes undid. */
  readonly aloneNodeSeconds: number;
  readonly allocations: number;
  /** Slots times billed milliseconds. */
  readonly billedSlotMs: number;
  readonly partsSlotMs: LedgerParts;
}

export interface ExperimentChange {
  readonly name: string;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** The whole experiment is gone from the definitions. */
  readonly isRemoved: boolean;
  /** Up to 100 executing runs that applying would stop. */
  readonly stopsRunning: readonly string[];
  readonly stopsRunningCount: number;
  /** Work that the stopped runs would do again. */
  readonly nodeHoursAtRisk: number;
  /** Changed runs, grouped by identical change, largest group first; up to 100 groups. */
  readonly changes: readonly ChangeGroup[];
  readonly changeGroupCount: number;
  /** Running runs that were let finish; in a plan that waits there are none. */
  readonly finishesRunningCount: number;
}

export interface ExperimentPage {
  readonly experiments: readonly ExperimentSummary[];
  /** Cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
}

export interface ExperimentSummary {
  readonly name: string;
  /** Whether new runs start by themselves; `first`: one, and the others when a run has finished. */
  readonly autostart: boolean | 'first';
  /** Why none of its runs starts, by its budget or its failures; null while they may. */
  readonly heldBecause: string | null;
  readonly budget: Budget | null;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  readonly runs: number;
  readonly counts: StatusCounts;
  /** Mean duration of the runs that finished, newer ones weighing more; null before the first. */
  readonly expectedRunMs: number | null;
  /** Until its ready and running runs have ended, with as many at a time as now; null when nothing runs or fewer than five have finished. */
  readonly remaining: RemainingTime | null;
}

export interface Explanation {
  readonly kind: 'run' | 'node' | 'cluster';
  readonly id: string;
  /** The reason for programs, such as NO_ROOM_ELSEWHERE. */
  readonly code: string;
  /** The reason for people, with the numbers. */
  readonly sentence: string;
  /** The numbers by name, with their unit. */
  readonly numbers: Readonly<Record<string, number>>;
}

export interface FacetCount {
  readonly value: string;
  readonly runs: number;
}

export interface FailureGroup {
  /** For selectors: `failure:` and this id mean its runs. */
  readonly id: string;
  /** What the failures have in common: the sentence without numbers, folders, times and names that differ. */
  readonly signature: string;
  /** Runs that are failed so now; a resumed run is not counted any more. */
  readonly count: number;
  /** Those with the most of them, at most ten. */
  readonly experiments: readonly {
    readonly name: string;
    readonly count: number;
  }[];
  /** One of the runs. */
  readonly example: {
    readonly run: string;
    /** The sentence of this run, as it was. */
    readonly detail: string | null;
  };
  /** Epoch milliseconds. */
  readonly lastAtMs: number;
}

export interface FailurePage {
  /** The largest groups, largest first. */
  readonly groups: readonly FailureGroup[];
  /** Of all groups, listed or not. */
  readonly groupCount: number;
  /** Failed runs in all groups. */
  readonly runCount: number;
}

export interface Health {
  readonly isHealthy: boolean;
  readonly epoch: number;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  /** Why the journal cannot be written at present. */
  readonly storeTrouble: string | null;
  readonly notices: readonly string[];
  /** How long the newest decision took. */
  readonly lastTickMs: number | null;
}

export interface Hints {
  readonly hints: readonly SlotHint[];
}

export interface HubAgent {
  readonly agent: string;
  /** Of the hub. */
  readonly url: string;
  readonly state: 'running' | 'restarting';
  /** What it said last. */
  readonly sentence: string | null;
}

export interface Image {
  /** The runtime and the image, such as `apptainer docker://debian:12`. */
  readonly name: string;
  /** Runs start only from images that are ready. */
  readonly state: 'ready' | 'pulling' | 'failed';
  /** Epoch milliseconds; null when it has not happened. */
  readonly pulledAtMs: number | null;
  /** Size of its file; null for a folder. */
  readonly bytes: number | null;
  /** Why it cannot be pulled; of a ready one, why it could not be refreshed. */
  readonly trouble: string | null;
}

export interface ImageList {
  readonly images: readonly Image[];
}

export interface LedgerParts {
  /** Work that a finish or a checkpoint saved. */
  readonly useful: number;
  /** Executing and not yet saved. */
  readonly open: number;
  /** Lost to a stop or a dead node. */
  readonly redone: number;
  /** Attempts that failed or were cancelled. */
  readonly failed: number;
  /** From the start of the bill to the hello of the node, and from its goodbye to the end of the bill. */
  readonly startUp: number;
  /** Free although a run waited that would have found its slots there. */
  readonly dispatch: number;
  /** Free on nodes that take no new runs. */
  readonly closing: number;
  /** Free slots of the last, partly filled node. */
  readonly quantisation: number;
  /** Free slots that moving runs together would have given back. */
  readonly fragmentation: number;
  /** No run on any node of the cluster. */
  readonly idle: number;
}

export interface Load {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds. */
  readonly toMs: number;
  /** The length of one point. */
  readonly bucketMs: number;
  /** Means over each point. What lasted less than ten seconds may be missing. */
  readonly points: readonly LoadPoint[];
}

export interface LoadPoint {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Runs that waited, whatever for. */
  readonly ready: number;
  readonly running: number;
  /** Slots that runs occupied. */
  readonly busySlots: number;
  /** Slots of the allocations that were billed. */
  readonly slots: number;
}

export interface LogMatch {
  /** Byte at which the line begins. */
  readonly offset: number;
  /** With its ANSI sequences, cut after 2 000 bytes. */
  readonly line: string;
}

export interface LogMatches {
  /** Bytes of the log at that moment. */
  readonly size: number;
  readonly matches: readonly LogMatch[];
  /** Where to go on when the limit, or two seconds, were over before the end; null at the end. */
  readonly nextFrom: number | null;
}

export interface Node {
  /** Id of the allocation, and of the node in it. */
  readonly id: string;
  readonly cluster: string;
  readonly allocationStatus: 'requested' | 'submitted' | 'running' | 'ended';
  /** Null before its NodeManager has connected. */
  readonly nodeStatus: 'connected' | 'unlinked' | 'silent' | 'gone' | null;
  /** The cluster's id of the allocation. */
  readonly jobId: string | null;
  /** Where it runs. */
  readonly host: string | null;
  /** Process id of its NodeManager. */
  readonly pid: number | null;
  readonly slots: number;
  readonly busySlots: number;
  /** The run in each slot. */
  readonly occupants: readonly (string | null)[];
  /** Runs that wait on the node for a slot. */
  readonly ahead: readonly string[];
  /** Why it takes no new runs. */
  readonly drainReason: 'release' | 'walltime' | 'preempted' | 'consolidation' | 'user' | 'bad-node' | 'cluster-removed' | null;
  /** The cluster's reason for its waiting, verbatim. */
  readonly waitingFor: string | null;
  /** Epoch milliseconds. */
  readonly requestedAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly startedAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly deadlineMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly idleSinceMs: number | null;
  /** Why its end was requested. */
  readonly cancelReason: string | null;
}

export interface NodeCommand {
  /** For release: stop the runs on it; they wait as ready. */
  readonly force?: boolean | undefined;
  /** Say what would happen; change nothing. */
  readonly dryRun?: boolean | undefined;
}

export interface NodeCommandResult {
  readonly node: Node;
  /** Runs that are asked to stop, or would be. */
  readonly stoppedRuns: number;
}

export interface NodeList {
  readonly nodes: readonly Node[];
  /** Cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
}

export interface NodeMark {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** drained: takes no new runs; undrained; moved-away: consolidation asks a run to stop, to continue elsewhere; release-requested: it is given back when it is empty; cancel-requested: the cluster is asked to end it. */
  readonly kind: 'drained' | 'undrained' | 'moved-away' | 'release-requested' | 'cancel-requested';
  /** Why, in a word or a sentence. */
  readonly because: string | null;
  /** The run that is moved away. */
  readonly run: string | null;
  /** Where its next attempt was placed; null while it waits. */
  readonly toNode: string | null;
}

export interface Overview {
  readonly server: Server;
  /** Number of the newest durable event; events after it are news to this answer. */
  readonly seq: number;
  readonly runs: StatusCounts;
  /** Until all ready and running runs have ended, with as many at a time as now; null when no run executes whose time is known. */
  readonly remaining: RemainingTime | null;
  /** Ready and running runs that it leaves out: fewer than five of their experiment have finished. */
  readonly runsOfUnknownTime: number;
  readonly experiments: number;
  readonly clusters: readonly Cluster[];
  /** Errors in the definitions. */
  readonly problems: number;
  /** Whether changed definitions wait for being applied. */
  readonly hasPendingPlan: boolean;
  /** Why the journal cannot be written at present. */
  readonly storeTrouble: string | null;
  /** Sentences for people. */
  readonly notices: readonly string[];
  /** The agent that takes jobs of a hub for this manager; null without one. */
  readonly hubAgent: HubAgent | null;
  readonly refusedRequests: RefusedRequests;
  /** The newest decision; null before the first. */
  readonly decision: Decision | null;
  /** How long the newest decision took. */
  readonly lastTickMs: number | null;
}

export interface ParameterFacet {
  readonly name: string;
  /** Number of different values; counting stops at 1001. */
  readonly distinct: number;
  /** Whether the runs differ in it, and it deserves a column. */
  readonly isVarying: boolean;
  /** Of the values that are numbers. */
  readonly minimum: number | null;
  /** Of the values that are numbers. */
  readonly maximum: number | null;
  /** The values with their runs; empty when there are more than 20. */
  readonly values: readonly FacetCount[];
}

export interface PriorityCommand {
  readonly selector: Selector;
  /** Refuse with 409 when another number of runs matches. */
  readonly expectCount?: number | undefined;
  /** Say what would happen; change nothing. */
  readonly dryRun?: boolean | undefined;
  /** Kept in the history. */
  readonly reason?: string | undefined;
  /** Ids of runs that are left out although they match; `expectCount` counts without them. */
  readonly except?: readonly string[] | undefined;
  /** Higher starts earlier. It holds until the definition of the run changes. */
  readonly priority: number;
}

/** A refusal; `code` says which one. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Names the thing, the expectation and the value. */
  readonly detail: string;
  /** Stable; documented in docs/errors.md. */
  readonly code: string;
  /** What to do about it. */
  readonly hint: string | null;
}

export interface RefusedRequests {
  /** Requests without a valid token since the start; from the tenth in a minute on they are answered ever more slowly. */
  readonly count: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly lastAtMs: number | null;
}

export interface RemainingTime {
  readonly lowMs: number;
  readonly likelyMs: number;
  /** Nine times out of ten it is between low and high. */
  readonly highMs: number;
}

export interface Room {
  /** On nodes that are paid for. */
  readonly freeSlots: number;
  /** Free ones and those that nodes could be requested for. */
  readonly openSlots: number;
  /** Until a slot is free for a run that comes now: 0 when one is, else by what is known of those that execute; null when nobody knows, and when runs that are ready will take it. */
  readonly nextFreeInMs: number | null;
  /** How that is known. */
  readonly nextFreeSource: 'declared' | 'learned' | 'progress' | null;
}

export interface RotateTokens {
  /** Which tokens are replaced; all sessions that use them end. */
  readonly tokens: readonly ('full' | 'read-only')[];
}

export interface Run {
  /** Global id, `experiment@run`. */
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  readonly status: 'inactive' | 'ready' | 'running' | 'finished' | 'failed';
  readonly reason: 'new' | 'user-cancelled' | 'dependency-failed' | 'queued' | 'blocked' | 'held' | 'retry-delay' | 'budget' | 'fits-nowhere' | 'consolidation' | 'walltime' | 'preempted' | 'node-lost' | 'manager-stop' | 'definition-changed' | 'starting' | 'running' | 'stopping' | 'node-silent' | 'exit' | 'signal' | 'out-of-memory' | 'time-limit' | 'no-progress' | 'crash-limit';
  /** A sentence on the status. */
  readonly detail: string | null;
  /** Preferred first. */
  readonly clusters: readonly string[];
  /** Where it executes. */
  readonly node: string | null;
  /** Number of the newest attempt; 0 before the first. */
  readonly attempt: number;
  readonly priority: number;
  readonly slots: number;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** Epoch milliseconds. */
  readonly changedAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly startedAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly endedAtMs: number | null;
  /** Exit code of the newest attempt that ended by itself. */
  readonly exitCode: number | null;
  /** Of a failed run: the id of its kind of failure. */
  readonly failure: string | null;
}

export interface RunCommand {
  readonly selector: Selector;
  /** Refuse with 409 when another number of runs matches. */
  readonly expectCount?: number | undefined;
  /** Say what would happen; change nothing. */
  readonly dryRun?: boolean | undefined;
  /** Kept in the history. */
  readonly reason?: string | undefined;
  /** Ids of runs that are left out although they match; `expectCount` counts without them. */
  readonly except?: readonly string[] | undefined;
  /** For cancel: stop executing runs too. */
  readonly force?: boolean | undefined;
  /** For resume: start in an empty directory; what is there is set aside beside it. */
  readonly fresh?: boolean | undefined;
}

export interface RunCommandResult {
  readonly matched: number;
  /** The matching runs by status, before the command. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Runs that the command changed; 0 for a dry run. */
  readonly affected: number;
  readonly skippedCount: number;
  /** The first 100 of those that were left alone. */
  readonly skipped: readonly {
    readonly run: string;
    readonly because: string;
  }[];
  /** Names it for /operations/{id}:undo; null when nothing was changed. */
  readonly operation: string | null;
}

export interface RunDefinition {
  readonly cmd: readonly string[];
  readonly parameterFormat: 'argparse' | 'eq';
  readonly resources: Readonly<Record<string, number>>;
  /** Expected duration. */
  readonly timeMs: number | null;
  /** Limit of one attempt. */
  readonly timeLimitMs: number | null;
  readonly dependsOn: readonly string[];
  readonly retries: number;
  /** Exit codes that are worth a retry; without it every failure is. */
  readonly retryOn?: readonly number[] | undefined;
  readonly retryDelayMs?: number | undefined;
  readonly checkpoint: Checkpoint;
  readonly executor: Executor;
}

export interface RunDetail {
  /** Global id, `experiment@run`. */
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  readonly status: 'inactive' | 'ready' | 'running' | 'finished' | 'failed';
  readonly reason: 'new' | 'user-cancelled' | 'dependency-failed' | 'queued' | 'blocked' | 'held' | 'retry-delay' | 'budget' | 'fits-nowhere' | 'consolidation' | 'walltime' | 'preempted' | 'node-lost' | 'manager-stop' | 'definition-changed' | 'starting' | 'running' | 'stopping' | 'node-silent' | 'exit' | 'signal' | 'out-of-memory' | 'time-limit' | 'no-progress' | 'crash-limit';
  /** A sentence on the status. */
  readonly detail: string | null;
  /** Preferred first. */
  readonly clusters: readonly string[];
  /** Where it executes. */
  readonly node: string | null;
  /** Number of the newest attempt; 0 before the first. */
  readonly attempt: number;
  readonly priority: number;
  readonly slots: number;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** Epoch milliseconds. */
  readonly changedAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly startedAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly endedAtMs: number | null;
  /** Exit code of the newest attempt that ended by itself. */
  readonly exitCode: number | null;
  /** Of a failed run: the id of its kind of failure. */
  readonly failure: string | null;
  /** The run directory, absolute. */
  readonly directory: string;
  readonly definition: RunDefinition;
  readonly execution: Execution | null;
  readonly outcome: AttemptOutcome | null;
  readonly retriesUsed: number;
  readonly crashes: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly eligibleAtMs: number | null;
  /** By what decisions are made; null when nothing is known, and of a finished run. */
  readonly expected: ExpectedTime | null;
  /** 0 to 1, of the executing attempt. */
  readonly progress: number | null;
  /** What the run wrote behind its progress. */
  readonly progressText: string | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly checkpointAtMs: number | null;
  /** What the executing attempt used so far; null before its first sample, and when nothing executes: then it stands with the attempts. */
  readonly usage: Usage | null;
}

/** The most frequent value first, at most 100 of each property. The counts of a property leave that part of the selector out: they say what choosing another value would give. */
export interface RunFacets {
  /** Runs that match the whole selector. */
  readonly total: number;
  /** By status. */
  readonly status: readonly FacetCount[];
  /** By reason of the status. */
  readonly reason: readonly FacetCount[];
  /** By experiment. */
  readonly experiment: readonly FacetCount[];
  /** By cluster that they may use. */
  readonly cluster: readonly FacetCount[];
  /** By node that they are on now. */
  readonly node: readonly FacetCount[];
  /** Parameters of all runs of the experiments that were found, by name; empty when there are more than 50 experiments. */
  readonly parameters: readonly ParameterFacet[];
}

export interface RunPage {
  /** With `fields`, only those keys of each. */
  readonly runs: readonly Run[];
  /** Cursor of the next page; null on the last one. */
  readonly nextCursor: string | null;
  /** Number of all matching runs, when it was asked for. */
  readonly total: number | null;
}

export interface RunPhase {
  /** inactive: nobody wants it to run; waiting; held; starting: placed on a node; running; stopping: asked to stop; ended: finished or failed. */
  readonly phase: 'inactive' | 'waiting' | 'held' | 'starting' | 'running' | 'stopping' | 'ended';
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly toMs: number | null;
  /** The attempt that executes then. */
  readonly attempt: number | null;
  /** Its node. */
  readonly node: string | null;
  /** The node's cluster. */
  readonly cluster: string | null;
  /** Where the node ran. */
  readonly host: string | null;
  /** Why it is asked to stop. */
  readonly stopCause: 'user' | 'time-limit' | 'consolidation' | 'walltime' | 'preempted' | 'node-lost' | 'manager-stop' | 'definition-changed' | null;
}

export interface RunScript {
  readonly run: string;
  readonly attempt: number;
  /** A bash script that does the same by hand: directory, variables that were added, lines before the command, command. Secrets are read from their files. */
  readonly script: string;
}

export interface RunTimeline {
  /** Oldest first, without gaps, from the definition of the run on; `toMs` of the last is null. What came of each attempt is told by /attempts. */
  readonly phases: readonly RunPhase[];
}

export interface ScalingPolicy {
  readonly kind: 'maximize_running' | 'minimize_jobs' | 'min_saturation';
  readonly saturation?: number | undefined;
}

/** All parts must hold. `{"q": "*@*"}` means every run; an empty selector is refused. */
export interface Selector {
  /** Selector text, as on the command line: `sweep@*`, `state:failed`, `where:"lr<1e-3"`, separated by spaces. */
  readonly q?: string | undefined;
  /** Statuses: inactive, ready, running, finished, failed. */
  readonly state?: readonly string[] | undefined;
  /** Reasons of the status, such as node-lost. */
  readonly reason?: readonly string[] | undefined;
  /** Names of experiments, or globs. */
  readonly experiment?: readonly string[] | undefined;
  /** Names of clusters, or globs. */
  readonly cluster?: readonly string[] | undefined;
  /** Ids of nodes, or globs. */
  readonly node?: readonly string[] | undefined;
  /** Ids of kinds of failure, as /api/v1/failures lists them. */
  readonly failure?: readonly string[] | undefined;
  /** Comparisons of parameters, such as `lr<1e-3`. */
  readonly where?: readonly string[] | undefined;
}

export interface Server {
  readonly version: string;
  readonly workDir: string;
  readonly defDir: string;
  readonly host: string;
  readonly pid: number;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  /** Number of this start of the manager. */
  readonly epoch: number;
  readonly isReadOnly: boolean;
  readonly isStopping: boolean;
}

export interface SiteAccount {
  readonly clusters: readonly ClusterSiteAccount[];
}

export interface SiteTable {
  /** `sshare` or `jutil`. */
  readonly program: string;
  /** Why there is nothing to show. */
  readonly trouble: string | null;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface SlotHint {
  readonly cluster: string;
  /** Runs whose newest attempt was sampled. */
  readonly runs: number;
  /** Those that fit in half of their slots. */
  readonly fitting: number;
  readonly sentence: string;
}

export interface SlotSegment {
  readonly slot: number;
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds. */
  readonly toMs: number;
  /** useful: saved by a finish or a checkpoint; open: executing, not yet saved; redone: stopped or lost after the last checkpoint; failed: failed or cancelled. */
  readonly use: 'useful' | 'open' | 'redone' | 'failed';
  /** The run; null where several are told together. */
  readonly run: string | null;
  readonly runs: number;
  /** Whether it ended because consolidation moved the run to another node. */
  readonly isMoved: boolean;
}

export interface StatusCounts {
  readonly inactive: number;
  readonly ready: number;
  readonly running: number;
  readonly finished: number;
  readonly failed: number;
}

export interface StopAccepted {
  readonly isStopping: boolean;
}

export interface StopServer {
  /** Stop every run and give back every node, busy ones too. */
  readonly release: boolean;
}

export interface TimeSources {
  readonly declared: number;
  readonly learned: number;
  readonly progress: number;
  readonly assumed: number;
}

/** Allocations that the cluster had started in this time, oldest first, with what their slots did. */
export interface Timeline {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds. */
  readonly toMs: number;
  /** What is shorter than this is told together with its neighbour. */
  readonly bucketMs: number;
  readonly lanes: readonly TimelineLane[];
  /** When slots were free although a run waited that fits, to a second, in the order of time for each cluster; never longer ago than the index of runs was filled from a saved state. */
  readonly dispatch: readonly DispatchStretch[];
  /** Older allocations in this time that the answer has no room for. */
  readonly omittedLanes: number;
}

export interface TimelineLane {
  /** Id of the allocation. */
  readonly id: string;
  readonly cluster: string;
  /** The cluster's id of the allocation. */
  readonly jobId: string | null;
  /** Where its node ran. */
  readonly host: string | null;
  readonly status: 'requested' | 'submitted' | 'running' | 'ended';
  readonly slots: number;
  /** Epoch milliseconds. */
  readonly requestedAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly startedAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly helloAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly endedAtMs: number | null;
  /** Why it took no new runs at its end. */
  readonly drainReason: 'release' | 'walltime' | 'preempted' | 'consolidation' | 'user' | 'bad-node' | 'cluster-removed' | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly drainedAtMs: number | null;
  /** What was decided about it in this time, oldest first; at most 2 000 in one timeline. */
  readonly marks: readonly NodeMark[];
  readonly segments: readonly SlotSegment[];
  /** Slots times billed milliseconds of the whole allocation, not only of this time. */
  readonly billedSlotMs: number;
  readonly partsSlotMs: LedgerParts;
}

export interface TokensRotated {
  readonly tokens: readonly ('full' | 'read-only')[];
}

export interface TotalAccount {
  /** By the cluster's own start and end; up to now for what still runs. */
  readonly billedNodeSeconds: number;
  /** The part of it that the cluster has not confirmed. */
  readonly provisionalNodeSeconds: number;
  /** What the same attempts would have been billed with a node each and no start-up at all; without what moves and dead nodes undid. */
  readonly aloneNodeSeconds: number;
  readonly allocations: number;
  /** Slots times billed milliseconds. */
  readonly billedSlotMs: number;
  readonly partsSlotMs: LedgerParts;
  /** What the same work would have cost at least, whatever the schedule. */
  readonly lowerBoundNodeSeconds: number;
  /** Lower bound divided by bill; null before anything was billed. */
  readonly efficiency: number | null;
  /** The part of the bill, 0 to 1, that moving runs together could have given back: fragmentation. */
  readonly recoverable: number | null;
}

export interface UnattributedAccount {
  /** By the cluster's own start and end; up to now for what still runs. */
  readonly billedNodeSeconds: number;
  /** The part of it that the cluster has not confirmed. */
  readonly provisionalNodeSeconds: number;
  /** What the same attempts would have been billed with a node each and no start-up at all; without what moves and dead nodes undid. */
  readonly aloneNodeSeconds: number;
  readonly allocations: number;
  /** Slots times billed milliseconds. */
  readonly billedSlotMs: number;
  readonly partsSlotMs: LedgerParts;
}

export interface UndoResult {
  readonly affected: number;
  readonly skippedCount: number;
  /** The first 100 of those that were left alone. */
  readonly skipped: readonly {
    readonly run: string;
    readonly because: string;
  }[];
}

export interface UpdateImages {
  /** Names as the list gives them; without them all. */
  readonly images?: readonly string[] | undefined;
}

export interface Usage {
  /** Its processes were looked at so often. */
  readonly samples: number;
  /** Processor time of the whole process tree. */
  readonly cpuMs: number;
  readonly meanCores: number;
  readonly maxCores: number;
  readonly meanRssBytes: number;
  /** The most resident memory of the whole tree that a look found. */
  readonly maxRssBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly gpu: {
    readonly meanPercent: number;
    readonly maxPercent: number;
    readonly maxMemoryBytes: number;
  } | null;
}

export interface UsageCurve {
  /** At most 64. Empty for an attempt that executes, and for one that ended before it was sampled. */
  readonly points: readonly UsagePoint[];
}

export interface UsagePoint {
  /** Since the start of the attempt. */
  readonly afterMs: number;
  /** In use on average since the point before. */
  readonly cores: number;
  readonly rssBytes: number;
  /** Of its devices, on average; null when it had none. */
  readonly gpuPercent: number | null;
}

export interface Verdict {
  readonly kind: 'shape' | 'node' | 'cluster';
  /** Id of the node, name of the cluster, or key of the shape. */
  readonly of: string;
  readonly code: string;
  readonly sentence: string;
}

/** What each operation takes and answers. */
export interface Operations {
  /** What the manager is doing and whether something is wrong. */
  getOverview: { readonly input: {}; readonly output: Overview };
  /** Whether the manager can work. */
  getHealth: { readonly input: {}; readonly output: Health };
  /** Experiments with their runs counted, oldest first. */
  listExperiments: { readonly input: { readonly query?: { readonly cursor?: string | undefined; readonly limit?: number | undefined } }; readonly output: ExperimentPage };
  /** One experiment. */
  getExperiment: { readonly input: { readonly path: { readonly name: string } }; readonly output: ExperimentSummary };
  /** Runs that match a selector, page by page. */
  listRuns: { readonly input: { readonly query?: { readonly q?: string | undefined; readonly state?: readonly string[] | undefined; readonly reason?: readonly string[] | undefined; readonly experiment?: readonly string[] | undefined; readonly cluster?: readonly string[] | undefined; readonly node?: readonly string[] | undefined; readonly failure?: readonly string[] | undefined; readonly where?: readonly string[] | undefined; readonly sort?: string | undefined; readonly fields?: readonly string[] | undefined; readonly cursor?: string | undefined; readonly limit?: number | undefined; readonly skip?: number | undefined; readonly count?: boolean | undefined } }; readonly output: RunPage };
  /** Runs that match a selector, counted by status, reason, experiment, cluster, node, and values of their parameters. */
  countFacets: { readonly input: { readonly query?: { readonly q?: string | undefined; readonly state?: readonly string[] | undefined; readonly reason?: readonly string[] | undefined; readonly experiment?: readonly string[] | undefined; readonly cluster?: readonly string[] | undefined; readonly node?: readonly string[] | undefined; readonly failure?: readonly string[] | undefined; readonly where?: readonly string[] | undefined } }; readonly output: RunFacets };
  /** All runs that match a selector as CSV, with a column for each parameter. */
  exportRuns: { readonly input: { readonly query?: { readonly q?: string | undefined; readonly state?: readonly string[] | undefined; readonly reason?: readonly string[] | undefined; readonly experiment?: readonly string[] | undefined; readonly cluster?: readonly string[] | undefined; readonly node?: readonly string[] | undefined; readonly failure?: readonly string[] | undefined; readonly where?: readonly string[] | undefined } }; readonly output: Uint8Array };
  /** One run with its definition and newest attempt. */
  getRun: { readonly input: { readonly path: { readonly id: string } }; readonly output: RunDetail };
  /** All attempts of a run, oldest first. */
  listAttempts: { readonly input: { readonly path: { readonly id: string } }; readonly output: AttemptList };
  /** What became of a run over time: waiting, executing, being stopped. */
  getRunTimeline: { readonly input: { readonly path: { readonly id: string } }; readonly output: RunTimeline };
  /** Put runs that do not want to run into the queue. */
  resumeRuns: { readonly input: { readonly body: RunCommand }; readonly output: RunCommandResult };
  /** Take runs out of the queue; with force stop executing ones too. */
  cancelRuns: { readonly input: { readonly body: RunCommand }; readonly output: RunCommandResult };
  /** Keep ready runs from being started. */
  holdRuns: { readonly input: { readonly body: RunCommand }; readonly output: RunCommandResult };
  /** Let held runs start again. */
  releaseRuns: { readonly input: { readonly body: RunCommand }; readonly output: RunCommandResult };
  /** Give runs another priority, until their definition changes. */
  prioritiseRuns: { readonly input: { readonly body: PriorityCommand }; readonly output: RunCommandResult };
  /** Undo a command on runs, where that is still possible. */
  undoOperation: { readonly input: { readonly path: { readonly id: string } }; readonly output: UndoResult };
  /** Delete the folders of runs that have ended: outputs, logs, history of attempts; the runs stay. */
  cleanRuns: { readonly input: { readonly body: CleanCommand }; readonly output: CleanResult };
  /** Failed runs by what went wrong: equal failures are one group. */
  listFailures: { readonly input: { readonly query?: { readonly experiment?: string | undefined; readonly limit?: number | undefined } }; readonly output: FailurePage };
  /** A part of a log of a run; empty when the run has written nothing. */
  readLog: { readonly input: { readonly path: { readonly id: string; readonly stream: 'stdout' | 'stderr' }; readonly query?: { readonly from?: number | undefined; readonly bytes?: number | undefined; readonly fromEnd?: boolean | undefined; readonly tail?: number | undefined; readonly raw?: boolean | undefined } }; readonly output: Uint8Array };
  /** Lines of the whole log that hold a text. */
  searchLog: { readonly input: { readonly path: { readonly id: string; readonly stream: 'stdout' | 'stderr' }; readonly query: { readonly text: string; readonly ignoreCase?: boolean | undefined; readonly from?: number | undefined; readonly limit?: number | undefined } }; readonly output: LogMatches };
  /** What an attempt of a run executed, as a script to do the same by hand. */
  getScript: { readonly input: { readonly path: { readonly id: string }; readonly query?: { readonly attempt?: number | undefined } }; readonly output: RunScript };
  /** The same script as a file to be saved. */
  downloadScript: { readonly input: { readonly path: { readonly id: string }; readonly query?: { readonly attempt?: number | undefined } }; readonly output: Uint8Array };
  /** What an attempt used over time: processors, memory, devices. */
  getUsage: { readonly input: { readonly path: { readonly id: string }; readonly query?: { readonly attempt?: number | undefined } }; readonly output: UsageCurve };
  /** What could be cheaper, by what runs have used so far. */
  listHints: { readonly input: {}; readonly output: Hints };
  /** Clusters with their limits and what they hold at present. */
  listClusters: { readonly input: {}; readonly output: ClusterList };
  /** What clusters could take in addition, now and soon. */
  getRoom: { readonly input: { readonly query?: { readonly cluster?: readonly string[] | undefined } }; readonly output: Room };
  /** Allocations that have not ended, with their nodes, by id. */
  listNodes: { readonly input: { readonly query?: { readonly cluster?: string | undefined; readonly cursor?: string | undefined; readonly limit?: number | undefined } }; readonly output: NodeList };
  /** Let a node take no new runs; it is given back when it is empty. */
  drainNode: { readonly input: { readonly path: { readonly id: string }; readonly body: NodeCommand }; readonly output: NodeCommandResult };
  /** Let a node that a user drained take runs again. */
  undrainNode: { readonly input: { readonly path: { readonly id: string }; readonly body: NodeCommand }; readonly output: NodeCommandResult };
  /** Give an allocation back: now when it is empty or not a node yet; with force its runs are stopped first. */
  releaseNode: { readonly input: { readonly path: { readonly id: string }; readonly body: NodeCommand }; readonly output: NodeCommandResult };
  /** Request no more allocations of a cluster; those that it has stay. */
  holdCluster: { readonly input: { readonly path: { readonly name: string }; readonly body: ClusterHold }; readonly output: Cluster };
  /** Take back the hold of a cluster. */
  releaseCluster: { readonly input: { readonly path: { readonly name: string }; readonly body: ClusterRelease }; readonly output: Cluster };
  /** Why a run waits, a node is kept, or a cluster does not grow, by the code that decides it. */
  explain: { readonly input: { readonly query: { readonly of: string } }; readonly output: Explanation };
  /** What runs would cost and take on 1, 2, 4 … nodes, by simulating the decisions with declared or learned times; starts nothing. */
  estimate: { readonly input: { readonly query?: { readonly q?: string | undefined; readonly state?: readonly string[] | undefined; readonly reason?: readonly string[] | undefined; readonly experiment?: readonly string[] | undefined; readonly cluster?: readonly string[] | undefined; readonly node?: readonly string[] | undefined; readonly failure?: readonly string[] | undefined; readonly where?: readonly string[] | undefined; readonly assumeMs?: number | undefined } }; readonly output: Estimate };
  /** What was billed and where it went: in total, by cluster, by experiment, and by allocation in pages, oldest request first. */
  getAccounting: { readonly input: { readonly query?: { readonly cursor?: string | undefined; readonly limit?: number | undefined } }; readonly output: Accounting };
  /** Budgets, how fast they are spent, and until when they last. */
  listBudgets: { readonly input: {}; readonly output: BudgetList };
  /** What the slots of nodes did over time. */
  getTimeline: { readonly input: { readonly query?: { readonly from?: number | undefined; readonly to?: number | undefined; readonly px?: number | undefined; readonly cluster?: string | undefined } }; readonly output: Timeline };
  /** How many runs waited and executed, and how many of the billed slots were busy, over time. */
  getLoad: { readonly input: { readonly query?: { readonly from?: number | undefined; readonly to?: number | undefined; readonly px?: number | undefined } }; readonly output: Load };
  /** What happened, from a sequence number on; a page of JSON, or all of it as NDJSON. */
  listEvents: { readonly input: { readonly query?: { readonly since?: number | undefined; readonly limit?: number | undefined; readonly run?: string | undefined; readonly follow?: boolean | undefined } }; readonly output: EventPage };
  /** Container images of registries that runs wanted since the manager started. */
  listImages: { readonly input: {}; readonly output: ImageList };
  /** Pull images anew; the list says what is under way. Runs go on with the images that are there. */
  updateImages: { readonly input: { readonly body: UpdateImages }; readonly output: ImageList };
  /** Problems of the definitions and changes that wait for being applied. */
  getDefinitions: { readonly input: {}; readonly output: Definitions };
  /** Read the definitions again and say what applying them would change. */
  planDefinitions: { readonly input: {}; readonly output: Definitions };
  /** Apply the changes that wait; running runs whose definition changed restart, finish first, or are skipped. */
  applyDefinitions: { readonly input: { readonly body: ApplyDefinitions }; readonly output: AppliedDefinitions };
  /** Send a test message over every channel of notify.yaml, and answer what came of each; none when nobody is to be told. */
  testNotifications: { readonly input: {}; readonly output: ChannelTrials };
  /** What the sites themselves say: our bills beside those of sacct, and quotas by sshare and jutil where there are such. */
  getSiteAccount: { readonly input: {}; readonly output: SiteAccount };
  /** Begin the stop of the manager; it answers at once and ends when what it stops has stopped. */
  stopServer: { readonly input: { readonly body: StopServer }; readonly output: StopAccepted };
  /** Replace tokens: the old ones are worth nothing from the answer on, the new ones are in their files. */
  rotateTokens: { readonly input: { readonly body: RotateTokens }; readonly output: TokensRotated };
}

export type OperationId = keyof Operations;

/** Method and address of each operation. */
export const routes: { readonly [Id in OperationId]: { readonly method: 'GET' | 'POST'; readonly path: string } } = {
  getOverview: { method: 'GET', path: '/api/v1/overview' },
  getHealth: { method: 'GET', path: '/api/v1/health' },
  listExperiments: { method: 'GET', path: '/api/v1/experiments' },
  getExperiment: { method: 'GET', path: '/api/v1/experiments/{name}' },
  listRuns: { method: 'GET', path: '/api/v1/runs' },
  countFacets: { method: 'GET', path: '/api/v1/runs/facets' },
  exportRuns: { method: 'GET', path: '/api/v1/runs.csv' },
  getRun: { method: 'GET', path: '/api/v1/runs/{id}' },
  listAttempts: { method: 'GET', path: '/api/v1/runs/{id}/attempts' },
  getRunTimeline: { method: 'GET', path: '/api/v1/runs/{id}/timeline' },
  resumeRuns: { method: 'POST', path: '/api/v1/runs:resume' },
  cancelRuns: { method: 'POST', path: '/api/v1/runs:cancel' },
  holdRuns: { method: 'POST', path: '/api/v1/runs:hold' },
  releaseRuns: { method: 'POST', path: '/api/v1/runs:release' },
  prioritiseRuns: { method: 'POST', path: '/api/v1/runs:priority' },
  undoOperation: { method: 'POST', path: '/api/v1/operations/{id}:undo' },
  cleanRuns: { method: 'POST', path: '/api/v1/runs:clean' },
  listFailures: { method: 'GET', path: '/api/v1/failures' },
  readLog: { method: 'GET', path: '/api/v1/runs/{id}/logs/{stream}' },
  searchLog: { method: 'GET', path: '/api/v1/runs/{id}/logs/{stream}/search' },
  getScript: { method: 'GET', path: '/api/v1/runs/{id}/script' },
  downloadScript: { method: 'GET', path: '/api/v1/runs/{id}/script.sh' },
  getUsage: { method: 'GET', path: '/api/v1/runs/{id}/usage' },
  listHints: { method: 'GET', path: '/api/v1/hints' },
  listClusters: { method: 'GET', path: '/api/v1/clusters' },
  getRoom: { method: 'GET', path: '/api/v1/room' },
  listNodes: { method: 'GET', path: '/api/v1/nodes' },
  drainNode: { method: 'POST', path: '/api/v1/nodes/{id}:drain' },
  undrainNode: { method: 'POST', path: '/api/v1/nodes/{id}:undrain' },
  releaseNode: { method: 'POST', path: '/api/v1/nodes/{id}:release' },
  holdCluster: { method: 'POST', path: '/api/v1/clusters/{name}:hold' },
  releaseCluster: { method: 'POST', path: '/api/v1/clusters/{name}:release' },
  explain: { method: 'GET', path: '/api/v1/explain' },
  estimate: { method: 'GET', path: '/api/v1/estimate' },
  getAccounting: { method: 'GET', path: '/api/v1/accounting' },
  listBudgets: { method: 'GET', path: '/api/v1/accounting/budgets' },
  getTimeline: { method: 'GET', path: '/api/v1/timeline' },
  getLoad: { method: 'GET', path: '/api/v1/timeline/load' },
  listEvents: { method: 'GET', path: '/api/v1/events' },
  listImages: { method: 'GET', path: '/api/v1/images' },
  updateImages: { method: 'POST', path: '/api/v1/images:update' },
  getDefinitions: { method: 'GET', path: '/api/v1/definitions' },
  planDefinitions: { method: 'POST', path: '/api/v1/definitions:plan' },
  applyDefinitions: { method: 'POST', path: '/api/v1/definitions:apply' },
  testNotifications: { method: 'POST', path: '/api/v1/notifications:test' },
  getSiteAccount: { method: 'GET', path: '/api/v1/accounting/site' },
  stopServer: { method: 'POST', path: '/api/v1/server:stop' },
  rotateTokens: { method: 'POST', path: '/api/v1/tokens:rotate' },
};
