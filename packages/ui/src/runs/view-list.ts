/** What a list of runs shows and how: the query of its address, under a name. */
export interface View {
  readonly name: string;
  readonly q: string;
  readonly sort: string;
  /** Names of parameters that have a column; null: those that vary. */
  readonly columns: readonly string[] | null;
}

/** What was kept. What cannot be read, of another version or by another hand, is no view. */
export function parseViews(text: string | null): readonly View[] {
  try {
    const found: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(found) ? found.filter(isView) : [];
  } catch {
    return [];
  }
}

/** By name; a view of the same name is replaced. */
export function withView(views: readonly View[], view: View): readonly View[] {
  return [...withoutView(views, view.name), view].sort((a, b) => a.name.localeCompare(b.name));
}

export function withoutView(views: readonly View[], name: string): readonly View[] {
  return views.filter((view) => view.name !== name);
}

function isView(value: unknown): value is View {
  if (typeof value !== 'object' || value === null) return false;
  const { name, q, sort, columns } = value as Readonly<Record<keyof View, unknown>>;
  return (
    typeof name === 'string' &&
    typeof q === 'string' &&
    typeof sort === 'string' &&
    (columns === null || (Array.isArray(columns) && columns.every((each) => typeof each === 'string')))
  );
}
