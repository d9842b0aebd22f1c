import { isRecord } from '@juqueue/core';

export interface ManagerAddress {
  readonly host: string;
  readonly port: number;
}

/** Where the manager of this epoch can be reached, best first: the content of `.juqueue/addresses.json`. */
export interface ManagerAddresses {
  readonly epoch: number;
  readonly addresses: readonly ManagerAddress[];
}

/** Null when the file is missing, torn, or of another form: the node looks again a moment later. */
export function parseAddresses(json: string | null): ManagerAddresses | null {
  let content: unknown;
  try {
    content = JSON.parse(json ?? '');
  } catch {
    return null;
  }
  if (!isRecord(content) || !Array.isArray(content['addresses'])) return null;
  const addresses = content['addresses'].filter(
    (address): address is ManagerAddress => isRecord(address) && typeof address['host'] === 'string' && Number.isInteger(address['port']),
  );
  return { epoch: Number(content['epoch'] ?? 0), addresses };
}
