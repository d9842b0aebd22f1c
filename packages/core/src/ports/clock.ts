/**
 * Time as the shell sees it. `nowMs` is the wall clock (epoch milliseconds); `monotonicMs` never steps back and stops
 * with a suspended machine. Timers are cancelled by their handle.
 */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
  after(delayMs: number, action: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}
