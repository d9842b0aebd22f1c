/** One key or two keys in a row, and what they do. A screen adds its own while it is shown. */
export interface Shortcut {
  readonly keys: string;
  readonly label: string;
  readonly run: () => void;
}

const offKey = 'juqueue.shortcuts-off';
/** Two keys of a row are pressed within this time, as long as anybody thinks of the second. */
const rowWithinMs = 1_500;

class Shortcuts {
  /** People who speak to their computer, or whose keys repeat, switch single keys off. */
  areOn = $state(localStorage.getItem(offKey) === null);
  ofScreen = $state.raw<readonly Shortcut[]>([]);
  ofShell = $state.raw<readonly Shortcut[]>([]);
  #first: { readonly key: string; readonly atMs: number } | null = null;

  toggle(): void {
    this.areOn = !this.areOn;
    if (this.areOn) localStorage.removeItem(offKey);
    else localStorage.setItem(offKey, '1');
  }

  get all(): readonly Shortcut[] {
    return [...this.ofShell, ...this.ofScreen];
  }

  /** Answers whether the key was one of ours. Never while somebody types, nor with a modifier that browsers use. */
  handle(event: KeyboardEvent): boolean {
    if (
      !this.areOn ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      isTyping(event.target) ||
      document.querySelector('dialog[open]') !== null
    )
      return false;
    const first = this.#first !== null && event.timeStamp - this.#first.atMs < rowWithinMs ? `${this.#first.key} ` : '';
    this.#first = null;
    const shortcut = this.all.find(({ keys }) => keys === `${first}${event.key}`);
    if (shortcut !== undefined) {
      shortcut.run();
      return true;
    }
    if (this.all.some(({ keys }) => keys.startsWith(`${event.key} `))) this.#first = { key: event.key, atMs: event.timeStamp };
    return false;
  }
}

export const shortcuts = new Shortcuts();

/** Offers shortcuts for as long as the component that calls it is shown. */
export function useShortcuts(list: readonly Shortcut[]): void {
  $effect(() => {
    shortcuts.ofScreen = list;
    return () => {
      if (shortcuts.ofScreen === list) shortcuts.ofScreen = [];
    };
  });
}

/** Inputs that take no text leave the keys to the page. */
const keylessInputs: readonly string[] = ['checkbox', 'radio', 'button', 'submit'];

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement && keylessInputs.includes(target.type)) return false;
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
}
