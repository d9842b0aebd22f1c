export { assert, assertNever } from './model/assert.ts';
export { allocationStatuses, drainReasons, nodeStatuses } from './model/allocation.ts';
export type { Allocation, AllocationStatus, DrainReason, Node, NodeFound, NodeStatus } from './model/allocation.ts';
export type {
  Autostart,
  CheckpointContract,
  ClusterBilling,
  ClusterDefinition,
  ClusterFencing,
  ConsolidationPreset,
  ContainerDefinition,
  ContainerRuntime,
  ExecutorDefinition,
  ExperimentDefinition,
  OnManagerLost,
  ParameterValue,
  ResourceVector,
  RunDefinition,
  ScalingPolicy,
  SignalName,
} from './model/definition.ts';
export { containerRuntimes } from './model/definition.ts';
export { imageName, parseImageName, pulledImage } from './model/pulled-image.ts';
export type { ImageName } from './model/pulled-image.ts';
export type { ImagePort } from './ports/images.ts';
export { usageCurve } from './protocol/usage-curve.ts';
export { executedScript } from './protocol/executed-script.ts';
export type { ExecutedScript } from './protocol/executed-script.ts';
export type { Usage, UsagePoint } from './model/usage.ts';
export { cachedImage } from './model/image-cache.ts';
export { shellWord } from './model/shell-word.ts';
export { signalNumbers } from './model/signal-numbers.ts';
export { defaultLimits, formatNodeTime, sameLimits } from './model/budget.ts';
export type { Budget, ExperimentHold, ExperimentLimits, SpentBudget } from './model/budget.ts';
export type { BudgetState } from './ledger/budget-state.ts';
export { formatAmount } from './model/amount.ts';
export { formatDuration } from './model/duration.ts';
export { errorCatalogue, JuqueueError } from './model/errors.ts';
export type { ErrorCode, Problem } from './model/errors.ts';
export { eventSchemaVersion } from './model/events.ts';
export type { DefinedRun, DurableEvent, EphemeralEvent, EventKind, JuqueueEvent, NodeGoneProof, StoredEvent } from './model/events.ts';
export { compareIds, parseRunId, runId } from './model/ids.ts';
export type { AllocationId, ClusterName, ExperimentName, NodeId, Nonce, RunId, RunName } from './model/ids.ts';
export { emptyMemory } from './model/plan.ts';
export type { Placement, Plan, PlanMemory, Verdict, VerdictCode } from './model/plan.ts';
export { runReasons, runStatuses, stopCauses } from './model/run-status.ts';
export type { RunReason, RunStatus, StopCause } from './model/run-status.ts';
export type { AttemptOutcome, Execution, Observation, Run, StopRequest } from './model/run.ts';
export type { Shape, ShapeQueue, Snapshot } from './model/snapshot.ts';
export { globToRegExp } from './model/glob.ts';
export { allocationConfigFolders, nodeFolder, runFolder, workDirPaths } from './model/work-dir.ts';

export type { Clock, Timer } from './ports/clock.ts';
export type { AllocationReport, AllocationRequest, ClusterPort, PollOutcome, SubmitOutcome } from './ports/cluster.ts';
export type { Log } from './ports/log.ts';
export { silentLog } from './ports/log.ts';
export type { NodeFiles, NodeFolderReading } from './ports/node-files.ts';
export type { NodeLink } from './ports/node-link.ts';
export { runSortKeys } from './ports/run-index.ts';
export type { DispatchQuestion, DispatchSample, DispatchStretch } from './model/dispatch-time.ts';
export type { LoadPoint, LoadQuestion, LoadSample } from './model/load.ts';
export { nodeMarkKinds } from './model/node-mark.ts';
export type { NodeMark, NodeMarkKind, NodeMarkQuestion } from './model/node-mark.ts';
export type {
  AttemptRow,
  FacetCount,
  FailureGroup,
  FailurePage,
  HistoryEvent,
  ParameterFacet,
  RunFacets,
  RunIndex,
  RunPage,
  RunQuery,
  RunRow,
  RunSort,
  RunSortKey,
} from './ports/run-index.ts';
export type { Compaction, CompactionReport, Store } from './ports/store.ts';
export type { SavedState, StateRecord } from './ports/saved-state.ts';

export type { Command, CommandOutcome, RunningChoice, StopMode } from './engine/commands.ts';
export type { EngineApi, EventListener, EngineHealth, ExperimentView, StopReport } from './engine/engine-api.ts';

export { everyRun } from './select/selector.ts';
export type { Comparison, ParameterCondition, Selector } from './select/selector.ts';

export { protocolVersion } from './protocol/messages.ts';
export type { EndedAttempt, HeldAttempt, ManagerMessage, NodeMessage, StartSpec } from './protocol/messages.ts';
export { decodeManagerFrame, decodeNodeFrame, encodeFrame, maxFrameBytes, maxUnreadBytes } from './protocol/frames.ts';
export type { Frame } from './protocol/frames.ts';
export { isRecord } from './protocol/shapes.ts';
export { linkKeyFileOf, parseNodeConfig } from './protocol/node-config.ts';
export type { NodeConfig } from './protocol/node-config.ts';
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
export { definitionHash, definitionHashes, rememberDefinitionHashes } from './define/definition-hash.ts';
export { diffExperiment } from './define/diff-experiment.ts';
export type { ExperimentDiff } from './define/diff-experiment.ts';
export { describeChanges } from './define/describe-changes.ts';
export type { DefinitionChange } from './define/describe-changes.ts';
export { readHubFile } from './define/read-hub.ts';
export type { HubReading } from './define/read-hub.ts';
export { readClusters } from './define/cluster-definitions.ts';
export type { HubWish } from './define/cluster-definitions.ts';
export { hostCapability, buildCapability, hubExperiment, imageCapability } from './model/hub.ts';
export type { HubDefinition, HubProfile, HubProfileKind } from './model/hub.ts';
export { clustersFile, jsonLinesExtension, notifyFile } from './define/file-names.ts';
export { loadDefinitions } from './define/load-definitions.ts';
export type { DefinitionProgram, Definitions, DefinitionText, Kept } from './define/load-definitions.ts';
export { clustersEditorSchema, experimentEditorSchema } from './define/editor-schema.ts';
export { definitionTypes } from './define/definition-types.ts';
export type { ReadText } from './define/read-rows.ts';
export { programSource } from './define/program-source.ts';
export type { CallPlace, ProgramReading, ProgramTrouble } from './define/program-source.ts';
export type { DefinitionPlaces } from './define/fill-placeholders.ts';
export { fileProblem } from './define/problem.ts';
export { parseDuration } from './define/duration-text.ts';
export { parseSize } from './define/size-text.ts';
export { nameObjection } from './define/names.ts';
export { suggest } from './define/suggest.ts';
export type { SlurmDriverDefinition } from './define/slurm-driver.ts';
export { readNotify } from './define/read-notify.ts';
export type { NotifyReading } from './define/read-notify.ts';
export { notificationKinds } from './model/notify.ts';
export type { ChannelAddress, ChannelTarget, NotificationKind, NotifyChannel, NotifyDefinition } from './model/notify.ts';
export { selectable, selectorMatcher } from './select/matches-selector.ts';
export type { Selectable } from './select/matches-selector.ts';
export { decodeFenceConfirmation, decodeFenceOrder, encodeFenceConfirmation, encodeFenceOrder } from './protocol/fence-files.ts';
export { decodeChallenge, encodeChallenge } from './protocol/challenge.ts';
export type { Challenge } from './protocol/challenge.ts';

export { assertFencingTimes, defaultFencingTimes, requeueAfterMs } from './fencing/fencing-times.ts';
export type { FencingTimes } from './fencing/fencing-times.ts';
export { elapsedMs } from './fencing/instant.ts';
export type { Instant } from './fencing/instant.ts';
export { renameLease, startLease, stepLease } from './fencing/node-lease.ts';
export type { LeaseInput, LeaseStep, LeaseVerdict, NodeLease } from './fencing/node-lease.ts';
export { withoutManager } from './fencing/without-manager.ts';
export type { NodeLoad } from './fencing/without-manager.ts';
export { mayAct, startEpoch } from './fencing/epoch.ts';
export type { EpochRight } from './fencing/epoch.ts';
export type { AttemptName, FenceConfirmation, FencedAttempt, FenceOrder } from './fencing/fence-orders.ts';

export type { IndexChange, IndexFeed } from './ports/index-feed.ts';
export type { EpochFiles, FoundManager, LeftManager } from './ports/epoch-files.ts';
export type { ManagerFiles } from './ports/manager-files.ts';
export { failureSignature } from './evolve/failure-signature.ts';
export type { FailureSignature } from './evolve/failure-signature.ts';
export { errorLine, tellingLine } from './evolve/telling-line.ts';
export { World } from './evolve/world.ts';
export { Changes } from './evolve/changes.ts';
export type { Touched } from './evolve/changes.ts';
export { runChange } from './evolve/rows.ts';
export { heldRuns } from './evolve/evolve-allocation.ts';
export { runRow } from './evolve/rows.ts';
export { Engine } from './engine/engine.ts';
export type { EnginePorts, EngineStart } from './engine/engine-ports.ts';
export type { FoundAllocation, FoundFolder, RunHistory, WorkDirFindings } from './engine/work-dir-findings.ts';
export { parseRunHistory } from './protocol/run-history.ts';
export type { RunHistories } from './ports/run-histories.ts';
export { recover } from './engine/recover.ts';
export { showAlive } from './engine/show-alive.ts';
export { raiseEpoch, takeEpoch } from './engine/take-epoch.ts';
export type { Recovered } from './engine/recover.ts';
export { slotUses } from './model/node-timeline.ts';
export type { SlotSegment, SlotUse, TimelineQuestion } from './model/node-timeline.ts';
export { MemoryRunIndex } from './store/memory-run-index.ts';
export { MemoryStore } from './store/memory-store.ts';
export { openJournalStore } from './store/journal-store.ts';
export { applyPlan } from './decide/apply-plan.ts';
export { checkPlan } from './decide/check-plan.ts';
export { planSentences } from './decide/describe-plan.ts';
export { planTick } from './decide/plan-tick.ts';
export { remainingTime, remainingTimeOfAll } from './decide/remaining-time.ts';
export type { LearnedDuration, RemainingTime } from './decide/remaining-time.ts';
export { openRunIndex } from './store/sqlite-run-index.ts';
export type { JournalNotice } from './store/journal-protocol.ts';
export { describeDamage } from './store/journal-protocol.ts';
export { serveCalls, WorkerCalls, workerFile } from './workers/worker-calls.ts';
export type { WorkerFunctions, WorkerLife } from './workers/worker-calls.ts';
export { explainCluster } from './decide/explain-cluster.ts';
export { explainNode } from './decide/explain-node.ts';
export { explainRun } from './decide/explain-run.ts';
export { clusterExplanations, nodeExplanations, runExplanations } from './decide/explanation.ts';
export type { Explanation } from './decide/explanation.ts';
export { nodeHoursAtRisk } from './decide/work-at-risk.ts';
export { simulate } from './simulate/simulate.ts';
export type { Policy, Scenario, SimulatedRun, SimulationResult } from './simulate/scenario.ts';
export { EventQueue } from './simulate/event-queue.ts';
export { Random } from './simulate/random.ts';
export { estimate } from './estimate/estimate.ts';
export type { Estimate, EstimatePoint, EstimateQuestion, Range } from './estimate/estimate.ts';
export { WorkToDo } from './estimate/work-to-do.ts';
export type { ClusterWork, TimeSource, WorkGroup } from './estimate/work-to-do.ts';
export { openRoom } from './decide/open-room.ts';
export { attemptTimeOf, remainingOf } from './decide/predict.ts';
export type { Prediction } from './decide/predict.ts';
export { Ledger, ledgerParts } from './ledger/ledger.ts';
export { emptySums } from './ledger/ledger.ts';
export type { ClusterInterval, LedgerPart, LedgerSums, NodeInterval, Settlement } from './ledger/ledger.ts';
export { efficiencyOf, lowerBoundMs, recoverableOf } from './ledger/lower-bound.ts';
export { SavedStateReader, StateFold } from './ledger/state-fold.ts';
export { Accounts } from './ledger/accounts.ts';
export { billedTime } from './ledger/allocation-bill.ts';
export type { AllocationBill } from './ledger/allocation-bill.ts';
export type { Accounting, DayTally, Tally } from './ledger/tally.ts';
export type { ConsolidationSaving } from './ledger/consolidation-savings.ts';
