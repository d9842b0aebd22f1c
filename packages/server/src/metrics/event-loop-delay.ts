import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The monitor wakes this often. 50 times a second is a thousandth of a core, and still sees every pause that people notice. */
const resolutionMs = 20;
/** Nobody has asked for this long: an idle manager wakes for nothing. Prometheus asks every minute or more often. */
const forgottenAfterMs = 3 * 60_000;

export interface Delays {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How late the event loop was since it was last asked, in seconds. It measures only while somebody asks. */
export class EventLoopDelay implements Disposable {
  #histogram: ReturnType<typeof monitorEventLoopDelay> | null = null;
  #forget: NodeJS.Timeout | undefined;

  /** Null the first time. */
  take(): Delays | null {
    clearTimeout(this.#forget);
    this.#forget = setTimeout(() => this[Symbol.dispose](), forgottenAfterMs).unref();
    if (this.#histogram === null) {
      this.#histogram = monitorEventLoopDelay({ resolution: resolutionMs });
      this.#histogram.enable();
      return null;
    }
    if (this.#histogram.count === 0) return null;
    const delays = { p50: late(this.#histogram.percentile(50)), p99: late(this.#histogram.percentile(99)), max: late(this.#histogram.max) };
    this.#histogram.reset();
    return delays;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#forget);
    this.#histogram?.disable();
    this.#histogram = null;
  }
}

/** The monitor counts nanoseconds from one wake-up to the next. */
function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - resolutionMs / 1_000);
}
