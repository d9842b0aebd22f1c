import type { Held, HubPort } from './hub-port.ts';
import type { RunsPort } from './runs-port.ts';

const streams = ['stdout', 'stderr'] as const;
type Stream = (typeof streams)[number];

/** What is kept at the hub of one stream; all of it is in the log artifact. */
const mostRelayedBytes = 64 * 1024 * 1024;
/** The end of a log that a result carries. */
const tailBytes = 8_000;

/** Sends what a run writes on to the hub, by offset, so that nothing is lost or doubled by a crash. */
export class LogRelay {
  readonly #held: Held;
  readonly #run: string;
  readonly #hub: HubPort;
  readonly #runs: RunsPort;
  /** What the hub has of each stream; null: not asked yet. */
  readonly #sent: Record<Stream, number | null> = { stdout: null, stderr: null };
  readonly #tails: Record<Stream, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };

  constructor(held: Held, run: string, hub: HubPort, runs: RunsPort) {
    this.#held = held;
    this.#run = run;
    this.#hub = hub;
    this.#runs = runs;
  }

  /** Sends what is new; answers whether there was anything. `start`: where in its stdout the job's own begins. */
  async relay(start: number): Promise<boolean> {
    let isNew = false;
    for (const stream of streams) {
      const before = stream === 'stdout' ? start : 0;
      // The hub keeps what it has: an empty part says how much that is.
      let sent = (this.#sent[stream] ??= await this.#hub.appendLog(this.#held, stream, 0, new Uint8Array()));
      for (;;) {
        const bytes = await this.#runs.readLog(this.#run, stream, before + sent);
        if (bytes.length === 0 || sent + bytes.length > mostRelayedBytes) break;
        sent = this.#sent[stream] = await this.#hub.appendLog(this.#held, stream, sent, bytes);
        this.#tails[stream] = Buffer.concat([this.#tails[stream], bytes]).subarray(-tailBytes);
        isNew = true;
      }
    }
    return isNew;
  }

  /** The last bytes of a stream, as text; read anew when this relay has not seen them. */
  async tail(stream: Stream, start: number): Promise<string> {
    if (this.#tails[stream].length === 0) {
      const before = stream === 'stdout' ? start : 0;
      for (let from = before; ;) {
        const bytes = await this.#runs.readLog(this.#run, stream, from);
        if (bytes.length === 0) break;
        from += bytes.length;
        this.#tails[stream] = Buffer.concat([this.#tails[stream], bytes]).subarray(-tailBytes);
      }
    }
    // A letter that the cut has halved is left out.
    return this.#tails[stream].toString().replace(/^\uFFFD+/, '');
  }
}
