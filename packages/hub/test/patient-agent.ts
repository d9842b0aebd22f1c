import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Hex, signedHeaders } from '../src/access/signature.ts';

const pauseMs = 100;
const room = { freeSlots: 1_000, openSlots: 1_000, nextFreeInMs: 0, isDraining: false };

/** A hub that may be away, and how its manager asks it. */
export interface AskedHub {
  readonly url: string;
  ask(method: string, path: string, body?: object): Promise<Readonly<Record<string, unknown>>>;
}

interface Offer {
  readonly id: string;
  readonly kind: string;
  readonly job: string;
  readonly attempt: number;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** An agent that repeats what was not answered, as agents do, and counts how often it has executed each job. */
export class PatientAgent {
  readonly executions = new Map<string, number>();
  readonly #hub: AskedHub;
  readonly #name: string;
  readonly #secret: string;

  private constructor(hub: AskedHub, name: string, secret: string) {
    this.#hub = hub;
    this.#name = name;
    this.#secret = secret;
  }

  static async register(hub: AskedHub, name: string): Promise<PatientAgent> {
    const { secret } = await hub.ask('POST', `/api/v1/agents/${name}/credentials`, { label: 'test' });
    const agent = new PatientAgent(hub, name, String(secret));
    const offering = (profile: string): object => ({ profile, maxConcurrent: 1_000, resources: { slots: 1 }, cluster: null });
    await agent.#ask('POST', '/register', {
      hostname: name,
      version: '1',
      capabilities: [offering('host'), offering('image')],
      hostUsers: ['manager'],
    });
    return agent;
  }

  /** Takes and acknowledges messages until this job is offered. */
  async offerOf(job: string): Promise<void> {
    while (!(await this.#pull()).some((offer) => offer.job === job)) await sleep(pauseMs);
  }

  /** Claims an offer; when the hub has forgotten it, waits for the next. */
  async claim(job: string): Promise<void> {
    while ((await this.#ask('POST', `/jobs/${job}/attempts/1/claim`)).status !== 200) await this.offerOf(job);
  }

  async report(job: string, what: string, body: object): Promise<void> {
    await this.#ask('POST', `/jobs/${job}/attempts/1/${what}`, body);
  }

  async log(job: string, offset: number, text: string): Promise<void> {
    await this.#ask('PUT', `/jobs/${job}/attempts/1/logs/stdout?offset=${offset}`, Buffer.from(text));
  }

  async complete(job: string, attempt = 1): Promise<Answer> {
    return this.#ask('POST', `/jobs/${job}/attempts/${attempt}/complete`, {
      outcome: 'finished',
      reason: 'exit',
      exitCode: 0,
      signal: null,
      output: { executed: `${job}.${attempt}` },
      stdoutTail: '',
      stderrTail: '',
      outputArtifact: null,
      logArtifact: null,
      startedAtMs: 1,
      endedAtMs: 2,
      place: { cluster: null, node: null, run: null },
    });
  }

  /** Executes what is offered, several at once, until the signal is given. */
  async work(end: AbortSignal): Promise<void> {
    const working = new Set<Promise<void>>();
    while (!end.aborted) {
      for (const { kind, job, attempt } of await this.#pull()) {
        if (kind !== 'offer') continue;
        const execution = this.#execute(job, attempt).finally(() => working.delete(execution));
        working.add(execution);
      }
    }
    await Promise.all(working);
  }

  async #execute(job: string, attempt: number): Promise<void> {
    const isHeldAlready = this.executions.has(job);
    const claimed = await this.#ask('POST', `/jobs/${job}/attempts/${attempt}/claim`);
    if (claimed.status !== 200 || isHeldAlready || this.executions.has(job)) return;
    this.executions.set(job, 1);
    await sleep(200);
    const { status } = await this.complete(job, attempt);
    if (status !== 200) this.executions.set(job, -status);
  }

  async #pull(): Promise<readonly Offer[]> {
    const { body } = await this.#ask('POST', '/messages/pull', { max: 20, waitMs: 1_000, room });
    const offers = (body['messages'] ?? []) as readonly Offer[];
    if (offers.length > 0) await this.#ask('POST', '/messages/ack', { ids: offers.map(({ id }) => id) });
    return offers;
  }

  /** Signed anew for each try. Answers what is not the hub's absence. */
  async #ask(method: string, path: string, body?: object): Promise<Answer> {
    const isBytes = body instanceof Uint8Array;
    const text = body === undefined ? '' : isBytes ? body : JSON.stringify(body);
    for (;;) {
      const target = `/agent/v1${path}`;
      const proof = signedHeaders(this.#name, this.#secret, { method, path: target, bodySha256: sha256Hex(text) }, Date.now());
      const type: Readonly<Record<string, string>> =
        body === undefined ? {} : { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' };
      const answer = await fetch(`${this.#hub.url}${target}`, {
        method,
        headers: { ...type, ...proof },
        ...(body === undefined ? {} : { body: isBytes ? Buffer.from(body) : String(text) }),
      }).catch(() => null);
      if (answer !== null && answer.status < 500) return { status: answer.status, body: (await answer.json()) as Answer['body'] };
      await sleep(pauseMs);
    }
  }
}
