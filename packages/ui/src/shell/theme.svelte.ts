const key = 'juqueue.theme';
const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** Light, dark, or what the system wants. Kept for all tabs: it is no secret. */
class ThemeChoice {
  theme = $state<Theme>(themes.find((theme) => theme === localStorage.getItem(key)) ?? 'system');

  constructor() {
    this.#show();
  }

  next(): void {
    this.theme = themes[(themes.indexOf(this.theme) + 1) % themes.length] ?? 'system';
    localStorage.setItem(key, this.theme);
    this.#show();
  }

  #show(): void {
    if (this.theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = this.theme;
  }
}

export const themeChoice = new ThemeChoice();
