import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadWishes {
  readonly url: string;
  readonly key: string;
  readonly jobs: number;
  readonly clients: number;
}

export interface Load {
  /** Of the jobs that the hub acknowledged. */
  readonly ids: readonly string[];
  /** From the request to the whole answer, sorted; of requests that were answered at once. */
  readonly tookMs: readonly number[];
  readonly wholeMs: number;
  /** Requests that had to be repeated: the hub was away. */
  readonly repeated: number;
}

const pauseMs = 50;
const headers = { 'content-type': 'application/json' } as const;

/** Submits jobs from many clients, each with a connection that it keeps. A request without an answer is repeated under its key. */
export async function submitLoad({ url, key, jobs, clients }: LoadWishes): Promise<Load> {
  const ids: string[] = [];
  const tookMs: number[] = [];
  let next = 0;
  let repeated = 0;
  const run = `load-${process.pid}-${Math.round(performance.now())}`;
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (next < jobs) {
      const number = next++;
      const body = JSON.stringify({
        queue: 'load',
        name: `job ${number}`,
        image: 'docker://alpine:3.18.5',
        command: { kind: 'argv', argv: ['echo', String(number)] },
        input: { number },
      });
      for (;;) {
        const beganMs = performance.now();
        const id = await post(
          `${url}/api/v1/jobs`,
          body,
          { ...headers, authorization: `Bearer ${key}`, 'idempotency-key': `${run}-${number}` },
          agent,
        ).catch(() => null);
        if (id !== null) {
          tookMs.push(performance.now() - beganMs);
          ids.push(id);
          break;
        }
        repeated += 1;
        await sleep(pauseMs);
      }
    }
    agent.destroy();
  };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  return { ids, tookMs: tookMs.sort((a, b) => a - b), wholeMs: performance.now() - beganMs, repeated };
}

/** Ids of all jobs that the hub lists, page by page. */
export async function listedIds(url: string, key: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const answer = await fetch(`${url}/api/v1/jobs?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const page = (await answer.json()) as { readonly jobs: readonly { readonly id: string }[]; readonly nextCursor: string | null };
    for (const { id } of page.jobs) ids.add(id);
    cursor = page.nextCursor;
  }
  return ids;
}

/** The id that was answered. Rejects without a 2xx. */
function post(url: string, body: string, sent: Readonly<Record<string, string>>, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', agent, headers: { ...sent, 'content-length': Buffer.byteLength(body) } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString();
        if (answer.statusCode !== 201 && answer.statusCode !== 200) reject(new Error(`${answer.statusCode}: ${text}`));
        else resolve((JSON.parse(text) as { readonly id: string }).id);
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The value below which this share of the sorted ones lie. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
