import type { DatabaseSync } from 'node:sqlite';
import type { Registration } from '../agent-protocol/messages.ts';

export interface RegisteredAgent {
  readonly name: string;
  readonly registration: Registration;
  readonly registeredAtMs: number;
}

/** Agents as they last registered. */
export function agentTable(db: DatabaseSync) {
  const put = db.prepare(
    'INSERT INTO agents (name, registration, registered_at_ms) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET registration = excluded.registration, registered_at_ms = excluded.registered_at_ms',
  );
  const all = db.prepare('SELECT * FROM agents ORDER BY name');
  const remove = db.prepare('DELETE FROM agents WHERE name = ?');
  return {
    putAgent: ({ name, registration, registeredAtMs }: RegisteredAgent): void =>
      void put.run(name, JSON.stringify(registration), registeredAtMs),
    agents: (): readonly RegisteredAgent[] =>
      all.all().map((row) => ({
        name: String(row['name']),
        registration: JSON.parse(String(row['registration'])) as Registration,
        registeredAtMs: Number(row['registered_at_ms']),
      })),
    removeAgent: (name: string): void => void remove.run(name),
  };
}
