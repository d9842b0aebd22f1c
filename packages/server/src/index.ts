export { startManager } from './start-manager.ts';
export { releaseAll } from './release-all.ts';
export type { EngineOptions, ManagerOptions, RunningManager } from './manager-options.ts';
export { clustersEditorSchema, definitionTypes, experimentEditorSchema } from '@juqueue/core';
export { defaultPython, readDefinitionsOnce } from './definitions/definitions-loader.ts';
export type { LoadedDefinitions } from './definitions/definitions-loader.ts';
export { repairWorkDir } from './doctor/repair.ts';
export { diagnose } from './doctor/diagnose.ts';
export type { DoctorFinding } from './doctor/finding.ts';
