import type { FenceConfirmation, FenceOrder } from '../fencing/fence-orders.ts';
import { attemptOutcomeShape } from './message-shapes.ts';
import { count, listOf, nullOr, record, text } from './shapes.ts';
import type { Shape } from './shapes.ts';

const orderShape = record({ epoch: count, nonce: text, attempts: listOf(record({ run: text, attempt: count })) });
const confirmationShape = record({
  epoch: count,
  nonce: text,
  attempts: listOf(record({ run: text, attempt: count, outcome: nullOr(attemptOutcomeShape) })),
});

/** Manager → node: the content of the file `fence`. */
export function encodeFenceOrder(order: FenceOrder): string {
  return JSON.stringify(order);
}

/** Null when the text is not an order. */
export function decodeFenceOrder(content: string): FenceOrder | null {
  return decode(content, orderShape) as FenceOrder | null;
}

/** Node → manager: the content of the file `fence-confirmation`. */
export function encodeFenceConfirmation(confirmation: FenceConfirmation): string {
  return JSON.stringify(confirmation);
}

/** Null when the text is not a confirmation. */
export function decodeFenceConfirmation(content: string): FenceConfirmation | null {
  return decode(content, confirmationShape) as FenceConfirmation | null;
}

function decode(content: string, shape: Shape): unknown {
  try {
    const value: unknown = JSON.parse(content);
    return shape(value, 'fence') === null ? value : null;
  } catch {
    return null;
  }
}
