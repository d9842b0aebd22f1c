/**
 * Everything that is no visible text: C0 but tab and line feed, DEL, C1, and sequences that begin with ESC. Runs, definitions
 * and error texts may hold any of them, and a terminal obeys: it sets the clipboard, its title, answers on our behalf.
 */
const invisible = new RegExp(
  String.raw`\u001b\[[0-9;:]*m|\u001b[\]P^_X][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b\[[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]`,
  'g',
);
const colour = /^\u001b\[[0-9;:]*m$/;

/** The text as a terminal may be given it: visible characters, line breaks, tabs and colours. */
export function visibleText(text: string): string {
  return text.replace(invisible, (found) => (colour.test(found) ? found : ''));
}

/** The same for text that comes in pieces of bytes; what is cut between two pieces is shown as harmless characters or not at all. */
export class VisibleBytes {
  readonly #decoder = new TextDecoder();

  take(bytes: Uint8Array): string {
    return visibleText(this.#decoder.decode(bytes, { stream: true }));
  }
}
