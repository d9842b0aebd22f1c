export { checkAgent } from './check-agent.ts';
export type { AgentFinding } from './check-agent.ts';
export { registerAgent, serveAgent } from './serve-agent.ts';
export type { ServeAgentOptions } from './serve-agent.ts';
