import type { StateRecord } from '../ports/saved-state.ts';

/** Pieces stay near this length, so that reading one never holds up a thread for long. */
const pieceLength = 256 * 1024;

/** Records of a saved state as lines of JSON, in pieces of whole lines; at least one piece, the last of which says so. */
export function* writeStateText(
  records: Iterable<StateRecord>,
): Generator<{ readonly text: string; readonly isLast: boolean }, void, undefined> {
  let text = '';
  for (const record of records) {
    text += `${JSON.stringify(record)}\n`;
    if (text.length < pieceLength) continue;
    yield { text, isLast: false };
    text = '';
  }
  yield { text, isLast: true };
}

/** The records of one piece. */
export function* stateRecords(text: string): Generator<StateRecord, void, undefined> {
  for (const line of text.split('\n')) if (line !== '') yield JSON.parse(line) as StateRecord;
}
