import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex, signedHeaders } from '../src/access/signature.ts';
import { defaultEventRetention, defaultHubTimes, startHub } from '../src/index.ts';
import type { AdapterName, EventRetention, HubTimes, RedisPlace, RunningHub } from '../src/index.ts';
import type { AddressPolicy } from '../src/addresses/address-policy.ts';

export interface TestHubWishes {
  readonly times?: Partial<HubTimes>;
  readonly retention?: EventRetention;
  readonly callbacks?: AddressPolicy;
  readonly redis?: RedisPlace;
  /** Instead of a new one. */
  readonly folder?: string;
  readonly adapters?: readonly AdapterName[];
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, never>;
}

export type Ask = (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<TestAnswer>;

/** Room for a hundred jobs on nodes that are paid for. */
export const muchRoom = { freeSlots: 100, openSlots: 100, nextFreeInMs: 0, isDraining: false } as const;
const offering = (profile: string) => ({ profile, maxConcurrent: 100, resources: { slots: 8, cpus: 64, mem: 2 ** 38 }, cluster: 'juwels' });

/** A hub with a Redis of its own in a folder of its own, over which tests have power. */
export class TestHub implements AsyncDisposable {
  readonly folder: string;
  readonly #wishes: TestHubWishes;
  #running: RunningHub | null = null;

  private constructor(folder: string, wishes: TestHubWishes) {
    this.folder = folder;
    this.#wishes = wishes;
  }

  static async start(wishes: TestHubWishes = {}): Promise<TestHub> {
    const hub = new TestHub(wishes.folder ?? (await mkdtemp(join(tmpdir(), 'juqueue-hub-'))), wishes);
    await hub.start();
    return hub;
  }

  get running(): RunningHub {
    if (this.#running === null) throw new Error('the test hub is not running');
    return this.#running;
  }

  get url(): string {
    return this.running.url;
  }

  async start(): Promise<void> {
    this.#running = await startHub({
      version: '1.0.0',
      dataFolder: this.folder,
      listen: '127.0.0.1',
      port: 0,
      redis: this.#wishes.redis ?? null,
      tls: null,
      adapters: this.#wishes.adapters ?? [],
      callbacks: this.#wishes.callbacks ?? { hosts: [], allowsPrivate: false },
      retention: this.#wishes.retention ?? defaultEventRetention,
      times: { ...defaultHubTimes, ...this.#wishes.times },
      tell: () => undefined,
    });
  }

  async stop(): Promise<void> {
    await this.#running?.[Symbol.asyncDispose]();
    this.#running = null;
  }

  async managerKey(): Promise<string> {
    return (await readFile(join(this.folder, 'manager.key'), 'utf8')).trim();
  }

  /** Asks below /api/v1 with the first manager's key. */
  async asManager(): Promise<Ask> {
    return this.withKey(await this.managerKey());
  }

  withKey(key: string): Ask {
    return (method, path, body, headers = {}) =>
      send(`${this.url}/api/v1${path}`, method, body, { ...headers, authorization: `Bearer ${key}` });
  }

  /** Lets a person in; asks with a key of theirs. */
  async person(name: string, role: 'viewer' | 'editor' | 'manager'): Promise<Ask> {
    const manager = await this.asManager();
    await manager('POST', '/users', { name, role });
    const { body } = await manager('POST', '/keys', { user: name, label: 'test' });
    return this.withKey(String(body['key']));
  }

  /** The secret of a new credential for this agent. */
  async credential(agent: string): Promise<string> {
    const { body } = await (await this.asManager())('POST', `/agents/${agent}/credentials`, { label: 'test' });
    return String(body['secret']);
  }

  /** Asks below /agent/v1 as an agent that has registered with these profiles. */
  async agent(
    name: string,
    profiles: readonly string[] = ['host', 'image'],
    hostUsers: readonly string[] = ['manager', 'ada'],
  ): Promise<Ask> {
    const ask = this.signed(name, await this.credential(name));
    await ask('POST', '/register', { hostname: `${name}.example.org`, version: '1.0.0', capabilities: profiles.map(offering), hostUsers });
    return ask;
  }

  signed(name: string, secret: string): Ask {
    return async (method, path, body, headers = {}) => {
      const text = body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body);
      const proof = signedHeaders(name, secret, { method, path: `/agent/v1${path}`, bodySha256: sha256Hex(text ?? '') }, Date.now());
      return send(`${this.url}/agent/v1${path}`, method, body, { ...headers, ...proof });
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function send(url: string, method: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<TestAnswer> {
  const type: Readonly<Record<string, string>> =
    body === undefined ? {} : { 'content-type': body instanceof Uint8Array ? 'application/octet-stream' : 'application/json' };
  const answer = await fetch(url, {
    method,
    headers: { ...type, ...headers },
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: (answer.headers.get('content-type')?.includes('json') === true ? JSON.parse(text) : { text }) as TestAnswer['body'],
  };
}

export type Pulled = readonly { readonly id: string; readonly kind: 'offer' | 'cancel'; readonly job: string; readonly attempt: number }[];

/** Messages for the agent; waits for the first. */
export async function pull(agent: Ask, waitMs = 5_000, max = 100): Promise<Pulled> {
  const { body } = await agent('POST', '/messages/pull', { max, waitMs, room: muchRoom });
  return body['messages'] ?? [];
}

/** A job in `host` mode that does nothing. */
export const aJob = { command: { kind: 'argv', argv: ['true'] } } as const;

/** What a run that ended well left. */
export function goodResult(overrides: object = {}) {
  return {
    outcome: 'finished',
    reason: 'exit',
    exitCode: 0,
    signal: null,
    output: { answer: 42 },
    stdoutTail: 'done\n',
    stderrTail: '',
    outputArtifact: null,
    logArtifact: null,
    startedAtMs: 1,
    endedAtMs: 2,
    place: { cluster: 'juwels', node: 'jwc01', run: 'hub@r1' },
    ...overrides,
  };
}
