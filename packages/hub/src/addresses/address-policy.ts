import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Which addresses that others name may be asked: hosts (`hooks.example.org`, `*.example.org`), and whether they may be inside. */
export interface AddressPolicy {
  readonly hosts: readonly string[];
  readonly allowsPrivate: boolean;
}

/** What is wrong with an address; null when it may be asked, as far as its name tells. */
export function addressObjection(text: string, { hosts }: AddressPolicy): string | null {
  if (!URL.canParse(text)) return `'${text}' is not an address`;
  const { protocol, hostname, username, password } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return `'${text}' begins with ${protocol}, expected https: or http:`;
  if (username !== '' || password !== '') return `'${text}' holds a user or a password, which everybody who sees the address would see`;
  if (!hosts.some((pattern) => matchesHost(pattern, hostname)))
    return `its host ${hostname} is not one of ${hosts.join(', ') || 'those that are allowed: none is'}`;
  return null;
}

function matchesHost(pattern: string, hostname: string): boolean {
  const [wanted, host] = [pattern.toLowerCase(), hostname.toLowerCase()];
  return wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) && host.length > wanted.length - 1 : host === wanted;
}

/** Addresses that no other network can reach, or that mean this machine, or many. */
const inside = new BlockList();
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  inside.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  inside.addSubnet(address, prefix, 'ipv6');

export function isPrivateAddress(address: string): boolean {
  const mapped = /^::ffff:(?:0:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return inside.check(mapped, 'ipv4');
  const family = isIP(address);
  return family === 0 || inside.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** The address to connect to. Every address of the name has to be allowed: which one is used is not left to chance. Throws. */
export async function allowedAddress(
  hostname: string,
  { allowsPrivate }: AddressPolicy,
): Promise<{ readonly address: string; readonly family: number }> {
  const bare = hostname.replace(/^\[|\]$/g, '');
  const found = await lookup(bare, { all: true, verbatim: true });
  const refused = allowsPrivate ? undefined : found.find(({ address }) => isPrivateAddress(address));
  if (refused !== undefined) throw new Error(`${hostname} leads to ${refused.address}, which is a private address`);
  const [first] = found;
  if (first === undefined) throw new Error(`${hostname} has no address`);
  return first;
}
