export { finishedDocument } from './named-schemas.ts';
export type { Json, JsonObject } from './named-schemas.ts';
export {
  answer,
  Count,
  nullableInteger,
  nullableNumber,
  nullableString,
  NullableTimeMs,
  ok,
  PageLimit,
  Problem,
  repeatable,
  TimeMs,
  words,
} from './primitives.ts';
export type { Answer, Sent } from './primitives.ts';
export { addProblemResponses, problemDocument, sendProblem, sendUnroutable } from './problem-responses.ts';
export type { ProblemDocument } from './problem-responses.ts';
export { attachment, sendRaw } from './send-raw.ts';
export type { DeepReadonly, TypeBoxProvider, TypedFastify } from './typed-fastify.ts';
export { systemClock } from './system-clock.ts';
export { createValidatorCompiler } from './validators.ts';
export { addWebInterface } from './web-interface.ts';
