import type { StoredEvent } from '../model/events.ts';
import { assert } from '../model/assert.ts';
import { eventSchemaVersion } from '../model/events.ts';

/** An event as some version of the program wrote it. */
export type WrittenEvent = Readonly<Record<string, unknown>>;

/** Turns an event of one schema version into the same event of the next. One stays one: `seq` has no gaps. */
export type EventMigration = (written: WrittenEvent) => WrittenEvent;

/**
 * The version that is written, and the way up from each older one: `migrations.get(v)` leads from v to v + 1. Segments
 * are never rewritten; each says its version, and its events are migrated whenever they are read.
 */
export interface JournalSchema {
  readonly version: number;
  readonly migrations: ReadonlyMap<number, EventMigration>;
}

/** The version of saved states. One is read by the program that wrote it, or by a later one that knows the way up. */
export const stateSchemaVersion = 1;

/** Version 1 is the first, so nothing leads up to it. */
export const journalSchema: JournalSchema = { version: eventSchemaVersion, migrations: new Map() };

/** The event as this program knows it. */
export function migrateEvent(schema: JournalSchema, fromVersion: number, written: WrittenEvent): StoredEvent {
  let event = written;
  for (let version = fromVersion; version < schema.version; version++) {
    const migrate = schema.migrations.get(version);
    assert(migrate !== undefined, `events of schema ${version} can be read`);
    event = migrate(event);
  }
  return event as unknown as StoredEvent;
}
