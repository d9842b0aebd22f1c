import type { AllocationId, AllocationRequest, PollOutcome, SubmitOutcome } from '@juqueue/core';

export interface LocalWorkerData {
  readonly workDir: string;
  /** The NodeManager's program: the bundle, or its source. */
  readonly program: string;
  readonly environment: 'inherit' | 'clean';
  readonly graceMs: number;
}

export type CancelOutcome = { readonly kind: 'taken' } | { readonly kind: 'failed'; readonly message: string };

/** What the worker does, by name. */
export interface LocalCalls {
  submit(request: AllocationRequest): SubmitOutcome;
  poll(tokens: readonly string[]): PollOutcome;
  cancel(allocations: readonly AllocationId[]): CancelOutcome;
}

export type LocalCall = { [Name in keyof LocalCalls]: { readonly id: number; readonly name: Name; readonly input: Parameters<LocalCalls[Name]>[0] } }[keyof LocalCalls];

export type LocalReply = { readonly id: number; readonly kind: 'answered'; readonly output: unknown } | { readonly id: number; readonly kind: 'threw'; readonly message: string };
