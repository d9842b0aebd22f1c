import { loadavg } from 'node:os';

/** Durations are gated at this multiple of their goal: other programs use this machine too. */
export const tolerance = 5;

/** Prints a figure beside its goal, and how busy the machine was. */
export function report(what: string, value: number, goal: number, unit: string): void {
  process.stdout.write(`${what}: ${Math.round(value)} ${unit}, goal ${goal} ${unit} (load ${loadavg()[0]?.toFixed(1)})\n`);
}
