import { estimate, serveCalls } from '@juqueue/core';
import type { EstimateQuestion } from '@juqueue/core';

/** A simulation takes seconds of a processor: not on the thread that answers heartbeats. */
const functions = { estimate: (question: EstimateQuestion) => estimate(question) };

export type EstimateFunctions = typeof functions;
serveCalls(functions);
