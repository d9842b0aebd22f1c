import type { DatabaseSync } from 'node:sqlite';

export interface Reader {
  readonly name: string;
  /** The last event that it has dealt with. */
  readonly afterSeq: number;
  readonly atMs: number;
}

/** How far named readers of events have come; each person's names are their own. */
export function readerTable(db: DatabaseSync) {
  const put = db.prepare(
    'INSERT INTO readers (owner, name, after_seq, at_ms) VALUES (?, ?, ?, ?) ON CONFLICT (owner, name) DO UPDATE SET after_seq = excluded.after_seq, at_ms = excluded.at_ms',
  );
  const one = db.prepare('SELECT name, after_seq, at_ms FROM readers WHERE owner = ? AND name = ?');
  return {
    putReader: ({ owner, name, afterSeq, atMs }: Reader & { readonly owner: string }): void => void put.run(owner, name, afterSeq, atMs),
    reader: ({ owner, name }: { readonly owner: string; readonly name: string }): Reader | null => {
      const row = one.get(owner, name);
      return row === undefined ? null : { name: String(row['name']), afterSeq: Number(row['after_seq']), atMs: Number(row['at_ms']) };
    },
  };
}
