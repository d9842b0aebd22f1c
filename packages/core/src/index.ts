export { assert, assertNever } from './model/assert.ts';
export { allocationStatuses, drainReasons, nodeStatuses } from './model/allocation.ts';
export type { Allocation, AllocationStatus, DrainReason, Node, NodeStatus } from './model/allocation.ts';
export type {
  CheckpointContract,
  ClusterDefinition,
  ConsolidationPreset,
  ExecutorDefinition,
  ExperimentDefinition,
  ParameterValue,
  ResourceVector,
  RunDefinition,
  ScalingPolicy,
  SignalName,
} from './model/definition.ts';
export { formatDuration } from './model/duration.ts';
export { errorCatalogue, JuqueueError } from './model/errors.ts';
export type { ErrorCode, Problem } from './model/errors.ts';
export { eventSchemaVersion } from './model/events.ts';
export type { DefinedRun, DurableEvent, EphemeralEvent, EventKind, JuqueueEvent, NodeGoneProof, StoredEvent } from './model/events.ts';
export { compareIds, parseRunId, runId } from './model/ids.ts';
export type { AllocationId, ClusterName, ExperimentName, NodeId, Nonce, RunId, RunName } from './model/ids.ts';
export type { Plan, Verdict, VerdictCode } from './model/plan.ts';
export { runReasons, runStatuses, stopCauses } from './model/run-status.ts';
export type { RunReason, RunStatus, StopCause } from './model/run-status.ts';
export type { AttemptOutcome, Execution, Observation, Run, StopRequest } from './model/run.ts';
export type { Shape, ShapeQueue, Snapshot } from './model/snapshot.ts';
export { nodeFolder, runFolder, workDirPaths } from './model/work-dir.ts';

export type { Clock, Timer } from './ports/clock.ts';
export type { AllocationReport, AllocationRequest, ClusterPort, PollOutcome, SubmitOutcome } from './ports/cluster.ts';
export type { Log } from './ports/log.ts';
export { silentLog } from './ports/log.ts';
export type { NodeFiles, NodeFolderReading } from './ports/node-files.ts';
export type { NodeLink } from './ports/node-link.ts';
export { runSortKeys } from './ports/run-index.ts';
export type { AttemptRow, RunIndex, RunPage, RunQuery, RunRow, RunSortKey } from './ports/run-index.ts';
export type { Store } from './ports/store.ts';

export type { Command, CommandOutcome, StopMode } from './engine/commands.ts';
export type { EngineApi, EngineHealth, ExperimentView, StopReport } from './engine/engine-api.ts';

export { everyRun } from './select/selector.ts';
export type { Comparison, ParameterCondition, Selector } from './select/selector.ts';

export { protocolVersion } from './protocol/messages.ts';
export type { EndedAttempt, HeldAttempt, ManagerMessage, NodeMessage, StartSpec } from './protocol/messages.ts';
export { decodeManagerFrame, decodeNodeFrame, encodeFrame, maxFrameBytes, maxUnreadBytes } from './protocol/frames.ts';
export type { Frame } from './protocol/frames.ts';
export {
  decodeHeartbeat,
  decodeSealed,
  decodeSpool,
  encodeHeartbeat,
  encodeSealed,
  encodeSpoolRecord,
  heartbeatBytes,
  nodeFolderFiles,
} from './protocol/node-folder.ts';
export type { SpoolReading, SpoolRecord } from './protocol/node-folder.ts';
export { parseSelector } from './select/parse-selector.ts';
export type { SelectorParts, SelectorResult } from './select/parse-selector.ts';
export { parseSelectorText } from './select/parse-selector-text.ts';
export { describeSelectorProblem } from './select/selector-problem.ts';
export type { SelectorProblem } from './select/selector-problem.ts';

export { compareProblems, definitionProblemCodes, hasErrors } from './define/problem.ts';
export type { DefinitionProblem, DefinitionProblemCode } from './define/problem.ts';
export { formatProblem } from './define/format-problem.ts';
