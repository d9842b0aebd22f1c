import type { ManagerMessage, NodeMessage } from './messages.ts';
import { managerMessageShapes, nodeMessageShapes } from './message-shapes.ts';
import type { Shape } from './shapes.ts';
import { count, isRecord } from './shapes.ts';

/** The largest frame that either end accepts: a hello with some 50 000 outcomes that were never acknowledged. */
export const maxFrameBytes = 32 * 1024 * 1024;

/** What a peer may leave unread before the link is cut: it reconnects and says hello anew instead of filling memory. */
export const maxUnreadBytes = 64 * 1024 * 1024;

/**
 * What one frame said. Messages of a kind that this version does not know are left out and counted in `unknown`: the
 * peer may be newer. A known kind of another form is a fault of the peer, and the whole frame is `bad`.
 */
export type Frame<Message> =
  | { readonly kind: 'messages'; readonly messages: readonly Message[]; readonly unknown: number }
  | { readonly kind: 'bad'; readonly problem: string };

/** A frame is a JSON list of messages: everything that one turn had to say, in order. */
export function encodeFrame(messages: readonly (NodeMessage | ManagerMessage)[]): string {
  return JSON.stringify(messages);
}

export function decodeNodeFrame(frame: string): Frame<NodeMessage> {
  return decodeFrame<NodeMessage>(frame, nodeMessageShapes);
}

export function decodeManagerFrame(frame: string): Frame<ManagerMessage> {
  return decodeFrame<ManagerMessage>(frame, managerMessageShapes, (message) => count(message['epoch'], 'message.epoch'));
}

function decodeFrame<Message>(
  frame: string,
  shapes: Readonly<Record<string, Shape>>,
  envelope: (message: Readonly<Record<string, unknown>>) => string | null = () => null,
): Frame<Message> {
  const list = parseJson(frame);
  if (!Array.isArray(list)) return { kind: 'bad', problem: 'expected a JSON list of messages' };
  const messages: Message[] = [];
  for (const item of list) {
    if (!isRecord(item) || typeof item['kind'] !== 'string') return { kind: 'bad', problem: 'expected messages with a kind' };
    const shape = Object.hasOwn(shapes, item['kind']) ? shapes[item['kind']] : undefined;
    if (shape === undefined) continue;
    const problem = envelope(item) ?? shape(item, item['kind']);
    if (problem !== null) return { kind: 'bad', problem };
    messages.push(item as Message);
  }
  return { kind: 'messages', messages, unknown: list.length - messages.length };
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}
