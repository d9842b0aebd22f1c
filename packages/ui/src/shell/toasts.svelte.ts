/** A short message at the edge of the page. One with an action stays until it is answered. */
export interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  readonly text: string;
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

/** As long as two lines take to read, twice. */
const shownForMs = 8_000;

class Toasts {
  shown = $state.raw<readonly Toast[]>([]);
  #next = 1;

  say(text: string, action: Toast['action'] = null): void {
    this.#add('good', text, action);
  }

  warn(text: string): void {
    this.#add('bad', text, null);
  }

  close(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }

  #add(tone: Toast['tone'], text: string, action: Toast['action']): void {
    const id = this.#next;
    this.#next += 1;
    this.shown = [...this.shown.slice(-2), { id, tone, text, action }];
    if (action === null) setTimeout(() => this.close(id), shownForMs);
  }
}

export const toasts = new Toasts();
