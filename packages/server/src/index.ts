export { startManager } from './start-manager.ts';
export type { ManagerOptions, RunningManager } from './manager-options.ts';
export { readDefinitionsOnce } from './definitions/definitions-loader.ts';
export type { LoadedDefinitions } from './definitions/definitions-loader.ts';
