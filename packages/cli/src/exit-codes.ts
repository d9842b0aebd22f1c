/** How every command ends; documented in docs/exit-codes.md. Scripts rely on these numbers. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  noServer: 3,
  unauthorized: 4,
  noMatch: 5,
  badInput: 6,
  refused: 7,
  runsFailed: 10,
  runsInactive: 11,
  timeout: 124,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
