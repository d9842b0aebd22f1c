import type { DatabaseSync } from 'node:sqlite';
import type { WebhookOccasion, WebhookView } from './store-shapes.ts';

/** Calls that the hub owes others outside; they are added with the events that they tell of. */
export function webhookTable(db: DatabaseSync) {
  const pending = db.prepare("SELECT * FROM webhooks WHERE state = 'pending' ORDER BY at_ms");
  const one = db.prepare('SELECT * FROM webhooks WHERE id = ?');
  const ofJob = db.prepare('SELECT * FROM webhooks WHERE job = ? ORDER BY at_ms, id');
  const tried = db.prepare('UPDATE webhooks SET state = ?, tries = tries + 1, last_error = ? WHERE id = ?');
  return {
    pendingWebhooks: (): readonly WebhookView[] => pending.all().map(webhookOf),
    webhook: (id: string): WebhookView | null => {
      const row = one.get(id);
      return row === undefined ? null : webhookOf(row);
    },
    webhooksOf: (job: string): readonly WebhookView[] => ofJob.all(job).map(webhookOf),
    webhookTried: ({
      id,
      state,
      error,
    }: {
      readonly id: string;
      readonly state: WebhookView['state'];
      readonly error: string | null;
    }): void => void tried.run(state, error, id),
  };
}

function webhookOf(row: Record<string, unknown>): WebhookView {
  return {
    id: String(row['id']),
    job: String(row['job']),
    callback: Number(row['callback']),
    occasion: String(row['occasion']) as WebhookOccasion,
    atMs: Number(row['at_ms']),
    state: String(row['state']) as WebhookView['state'],
    tries: Number(row['tries']),
    lastError: row['last_error'] === null ? null : String(row['last_error']),
  };
}
