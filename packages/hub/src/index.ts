export { adapterNames } from './adapters/adapter.ts';
export type { AdapterName } from './adapters/adapter.ts';
export { startHub } from './start-hub.ts';
export type { HubOptions, RunningHub } from './hub-options.ts';
export { parseRedisAddress } from './redis/redis-address.ts';
export type { RedisPlace } from './redis/redis-address.ts';
export { readPrivateFile } from './access/private-file.ts';
export { defaultEventRetention } from './model/event-retention.ts';
export type { EventRetention } from './model/event-retention.ts';
export { defaultHubTimes } from './model/hub-times.ts';
export type { HubTimes } from './model/hub-times.ts';
export { jobReasons, jobStatuses } from './model/job.ts';
export type {
  Job,
  JobAttempt,
  JobCallback,
  JobCommand,
  JobDefinition,
  JobFile,
  JobOrder,
  JobProgress,
  JobReason,
  JobResult,
  JobStatus,
} from './model/job.ts';
export { openAccess } from './access/access.ts';
export type { Access, OpenedAccess } from './access/access.ts';
export { addAccessGate, principalOf, requireRole } from './access/access-gate.ts';
export { addAccessRoutes } from './access/access-routes.ts';
export type { Principal, Role } from './access/model.ts';
export { sha256Hex, signedHeaders } from './access/signature.ts';
export { addArtifactRoutes } from './artifacts/artifact-routes.ts';
export { openArtifacts } from './artifacts/artifacts.ts';
export type { Artifacts, OpenedArtifacts } from './artifacts/artifacts.ts';
export type { Reach } from './artifacts/model.ts';
