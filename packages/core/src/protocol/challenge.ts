/** What the manager writes into a node's folder and the node echoes there: proof that both see the same work-dir. */
export interface Challenge {
  readonly epoch: number;
  readonly secret: string;
}

export function encodeChallenge({ epoch, secret }: Challenge): string {
  return `${epoch} ${secret}`;
}

/** Null when the text is not a challenge. */
export function decodeChallenge(text: string): Challenge | null {
  const match = /^(\d{1,15}) ([0-9a-f]+)$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined ? null : { epoch: Number(match[1]), secret: match[2] };
}
