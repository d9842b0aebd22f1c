import { slurmTimes } from '../slurm-times.ts';

/** What we have to know of a site's Slurm to ask it rightly. */
export interface Capabilities {
  /** `22.05.8`; null while it is not known. */
  readonly version: string | null;
  /** `squeue --me`, since 20.02. */
  readonly knowsMe: boolean;
  readonly messageTimeoutMs: number;
  /** Whether there is a database that sacct can ask. */
  readonly hasAccounting: boolean;
  /** Whether memory is divided among the jobs of a node. */
  readonly isMemoryDivided: boolean;
}

/** What holds until Slurm was asked, and where it does not say. */
export const assumedCapabilities: Capabilities = {
  version: null,
  knowsMe: true,
  messageTimeoutMs: slurmTimes.messageTimeoutMs,
  hasAccounting: true,
  isMemoryDivided: false,
};

/** Reads `scontrol show config`: lines of `Key = value`. */
export function parseCapabilities(config: string): Capabilities {
  const settings = new Map<string, string>();
  for (const line of config.split('\n')) {
    const [, key, value] = /^(\S+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) settings.set(key.toLowerCase(), value);
  }
  const versionText = settings.get('slurm_version') ?? '';
  const version = parseVersion(versionText);
  const messageSeconds = Number.parseInt(settings.get('messagetimeout') ?? '', 10);
  const storage = settings.get('accountingstoragetype') ?? '';
  return {
    version: version === null ? null : versionText,
    knowsMe: version === null || version[0] > 20 || (version[0] === 20 && version[1] >= 2),
    messageTimeoutMs: Number.isFinite(messageSeconds) && messageSeconds > 0 ? messageSeconds * 1000 : slurmTimes.messageTimeoutMs,
    hasAccounting: !/^(accounting_storage\/none|\(null\))$/.test(storage),
    isMemoryDivided: /MEMORY/i.test(settings.get('selecttypeparameters') ?? ''),
  };
}

/** Release and patch of `slurm-wlm 22.05.8`, `slurm 23.11.4` or `24.05.0-rc1`; null when there is none in the text. */
export function parseVersion(text: string): readonly [year: number, month: number, patch: number] | null {
  const [, year, month, patch] = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return year === undefined || month === undefined ? null : [Number(year), Number(month), Number(patch ?? 0)];
}
