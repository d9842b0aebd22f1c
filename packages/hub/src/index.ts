export { jobReasons, jobStatuses } from './model/job.ts';
export type { Job, JobAttempt, JobCallback, JobCommand, JobDefinition, JobFile, JobOrder, JobProgress, JobReason, JobResult, JobStatus } from './model/job.ts';
