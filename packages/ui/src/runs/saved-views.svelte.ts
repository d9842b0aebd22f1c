import { parseViews, withView, withoutView } from './view-list.ts';
import type { View } from './view-list.ts';

/** Proxies serve several programs on one origin, below different paths: each has its own views. Selectors are no secrets. */
const key = `juqueue.views:${location.pathname.replace(/[^/]*$/, '')}`;

/** Filters and orders that somebody has given a name, kept by this browser. */
class SavedViews {
  all = $state.raw<readonly View[]>(parseViews(localStorage.getItem(key)));

  save(view: View): void {
    this.#keep(withView(this.all, view));
  }

  forget(name: string): void {
    this.#keep(withoutView(this.all, name));
  }

  #keep(views: readonly View[]): void {
    this.all = views;
    if (views.length === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(views));
  }
}

export const savedViews = new SavedViews();
