/** Ticks once a second for texts like "3 min ago". */
class PageClock {
  nowMs = $state(Date.now());

  constructor() {
    setInterval(() => (this.nowMs = Date.now()), 1_000);
  }
}

export const clock = new PageClock();
