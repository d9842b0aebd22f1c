import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { ClusterPorts } from './cluster-record.ts';

/** Of the ports below the range that the kernel gives to outgoing connections, so none is taken between check and use. */
const firstPort = 20_000;
const portsPerClaim = 100;
const claimCount = 120;

/** One folder for the whole machine, wherever clusters keep their files; it is empty again after a reboot. */
const claimsFolder = '/run/juqueue-slurm-claims';

/** The most nodes that fit into the ports of a claim, beside slurmctld and slurmdbd. */
export const maxNodeCount = portsPerClaim - 10;

/** Ports and an address range that no other test cluster of this machine uses. */
export interface Claim {
  readonly ports: ClusterPorts;
  readonly networkPrefix: string;
}

/**
 * Takes a free claim for the cluster in that folder; the id says where to begin the search. Other clusters are excluded by a link that can be made only
 * once, everything else on the machine by looking whether the ports and the addresses are in use.
 */
export async function takeClaim(directory: string, id: string): Promise<Claim> {
  const start = Number.parseInt(id, 16) % claimCount;
  for (let step = 0; step < claimCount; step += 1) {
    const number = (start + step) % claimCount;
    if (!linkOnce(number, directory)) continue;
    const claim = claimOf(number);
    if (await isUnused(claim)) return claim;
    rmSync(claimLink(number));
  }
  throw new Error(`all ${claimCount} port ranges for Slurm test clusters are taken (see ${claimsFolder})`);
}

/** Gives back the claims of clusters that are gone. */
export function releaseClaims(): void {
  mkdirSync(claimsFolder, { recursive: true });
  for (const name of readdirSync(claimsFolder)) {
    const link = join(claimsFolder, name);
    const holder = holderOf(link);
    if (holder !== undefined && !existsSync(holder)) rmSync(link, { force: true });
  }
}

/** Undefined when the claim was given back meanwhile. */
function holderOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const claimLink = (number: number): string => join(claimsFolder, String(number));

function linkOnce(number: number, directory: string): boolean {
  mkdirSync(claimsFolder, { recursive: true });
  try {
    symlinkSync(directory, claimLink(number));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function claimOf(number: number): Claim {
  const controller = firstPort + number * portsPerClaim;
  return {
    ports: { controller, accounting: controller + 1, firstNode: controller + 10 },
    networkPrefix: `10.213.${number}`,
  };
}

async function isUnused({ ports, networkPrefix }: Claim): Promise<boolean> {
  const addresses = Object.values(networkInterfaces()).flatMap((of) => of ?? []);
  if (addresses.some(({ address }) => address.startsWith(`${networkPrefix}.`))) return false;
  const candidates = Array.from({ length: portsPerClaim }, (_, offset) => ports.controller + offset);
  return (await Promise.all(candidates.map(isPortFree))).every(Boolean);
}

async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
