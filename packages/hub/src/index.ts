export { jobReasons, jobStatuses } from './model/job.ts';
export type { Job, JobAttempt, JobCallback, JobCommand, JobDefinition, JobFile, JobOrder, JobProgress, JobReason, JobResult, JobStatus } from './model/job.ts';
export { openAccess } from './access/access.ts';
export type { Access, OpenedAccess } from './access/access.ts';
export { addAccessGate, principalOf, requireRole } from './access/access-gate.ts';
export { addAccessRoutes } from './access/access-routes.ts';
export type { Principal, Role } from './access/model.ts';
export { sha256Hex, signedHeaders } from './access/signature.ts';
