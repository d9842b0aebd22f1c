import { assertNever } from '../model/assert.ts';
import type { Nonce } from '../model/ids.ts';
import type { FencingTimes } from './fencing-times.ts';
import { requeueAfterMs } from './fencing-times.ts';
import type { Stillness } from './stillness.ts';
import { heard, readBegan, readCompleted, readFailed, startStillness } from './stillness.ts';

/**
 * The manager's patience with one node (rules 4 to 6).
 *
 * heard     answered lately over the link.
 * unlinked  the link is cut or quiet, the counter in its folder moves or was not looked at yet: its runs go on, its folder is
 *           read every `spoolReadMs`. After `linkPatienceMs`, or when the node is needed, it is to be fenced.
 * silent    neither channel moved for `silentAfterMs`: replacement is requested, reading goes on.
 * lapsed    silence outlasted the lease and all margins, by the newest completed read: what the node has not reported is put
 *           back (settle-attempts, which demands the spool of that very read).
 *
 * A greeting, an answer or a change of the counter leads back to heard or unlinked from everywhere, except that the engine
 * gives a lapsed nonce up for good. Closing the link only starts the reading. A read that is pending or failed moves nothing.
 * Time is `awakeMs` of the manager's awake clock.
 */
export interface NodePatience {
  readonly nonce: Nonce;
  /** It has proved to know this manager's epoch, so no predecessor can renew its lease any more. */
  readonly knowsEpoch: boolean;
  readonly isLinked: boolean;
  readonly answeredAtMs: number;
  readonly files: Stillness;
  readonly isFenceWritten: boolean;
}

/** `isPredecessorGone`: the manager before us is proven dead, or there was none. A starting manager takes every node as heard. */
export function startPatience(nonce: Nonce, isPredecessorGone: boolean, nowMs: number): NodePatience {
  return {
    nonce,
    knowsEpoch: isPredecessorGone,
    isLinked: false,
    answeredAtMs: nowMs,
    files: startStillness(nowMs),
    isFenceWritten: false,
  };
}

export type PatienceInput =
  /** Its hello was answered by our welcome. */
  | { readonly kind: 'greeted' }
  /** A heartbeat was answered. Heartbeats follow the welcome, so the node has read our epoch. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'link-closed' }
  | { readonly kind: 'read-began' }
  /** `isOurChallengeEchoed`: the folder holds the answer to a challenge that carried our epoch. */
  | { readonly kind: 'read-completed'; readonly counter: number | null; readonly isOurChallengeEchoed: boolean }
  | { readonly kind: 'read-failed' }
  | { readonly kind: 'fence-written' };

export function stepPatience(patience: NodePatience, input: PatienceInput, nowMs: number): NodePatience {
  const { files } = patience;
  switch (input.kind) {
    case 'greeted':
      return { ...patience, isLinked: true, answeredAtMs: nowMs, files: heard(files, nowMs), isFenceWritten: false };
    case 'answered':
      return { ...patience, knowsEpoch: true, answeredAtMs: nowMs, files: heard(files, nowMs) };
    case 'link-closed':
      return { ...patience, isLinked: false };
    case 'read-began':
      return { ...patience, files: readBegan(files, nowMs) };
    case 'read-completed':
      return {
        ...patience,
        knowsEpoch: patience.knowsEpoch || input.isOurChallengeEchoed,
        files: readCompleted(files, input.counter, nowMs),
      };
    case 'read-failed':
      return { ...patience, files: readFailed(files, nowMs) };
    case 'fence-written':
      return { ...patience, isFenceWritten: true };
    default:
      return assertNever(input);
  }
}

export interface PatienceCircumstances {
  /** A decision waits for this node: its slots, or the end of one of its attempts. */
  readonly isNeeded: boolean;
  /** Whether any node of this manager is linked. When none is, the fault is the manager's own. */
  readonly isAnyNodeLinked: boolean;
}

export type PatienceVerdict =
  | { readonly kind: 'heard' }
  | { readonly kind: 'unlinked'; readonly quietMs: number; readonly mustFence: boolean }
  | { readonly kind: 'silent'; readonly silentMs: number; readonly lapsesInMs: number }
  | { readonly kind: 'lapsed'; readonly silentMs: number };

/** What the manager may conclude about the node now. Everything but `heard` asks for a read every `spoolReadMs`. */
export function judgeNode(
  patience: NodePatience,
  circumstances: PatienceCircumstances,
  nowMs: number,
  times: FencingTimes,
): PatienceVerdict {
  const silentMs = patience.files.stillMs;
  const lapsesAtMs = requeueAfterMs(times) + (patience.knowsEpoch ? 0 : times.predecessorMs);
  if (silentMs >= lapsesAtMs) return { kind: 'lapsed', silentMs };
  if (silentMs >= times.silentAfterMs) return { kind: 'silent', silentMs, lapsesInMs: lapsesAtMs - silentMs };
  const quietMs = nowMs - patience.answeredAtMs;
  if (patience.isLinked && quietMs < times.linkQuietMs) return { kind: 'heard' };
  const mustFence =
    circumstances.isAnyNodeLinked && !patience.isFenceWritten && (circumstances.isNeeded || quietMs >= times.linkPatienceMs);
  return { kind: 'unlinked', quietMs, mustFence };
}
