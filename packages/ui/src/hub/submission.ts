import type { SubmitJob } from '@juqueue/client/hub';

/** What somebody has typed into the form. */
export interface SubmissionForm {
  readonly what: string;
  readonly image: string;
  readonly script: string;
  readonly interpreter: string;
  readonly input: string;
  readonly queue: string;
  readonly name: string;
  readonly slots: string;
  readonly minutes: string;
}

export const imageChoice = 'image';

/** The job that the form means, or a sentence that says what is wrong. */
export function readSubmission(
  form: SubmissionForm,
): { readonly kind: 'job'; readonly job: SubmitJob } | { readonly kind: 'wrong'; readonly because: string } {
  const slots = Number(form.slots);
  if (!Number.isInteger(slots) || slots < 1)
    return { kind: 'wrong', because: `Slots are '${form.slots}', expected a whole number from 1.` };
  const minutes = form.minutes.trim() === '' ? null : Number(form.minutes);
  if (minutes !== null && !(minutes > 0))
    return { kind: 'wrong', because: `The time limit is '${form.minutes}', expected minutes, or nothing.` };
  if (form.what === imageChoice && form.image.trim() === '')
    return { kind: 'wrong', because: 'The image is missing, such as docker://python:3.13-slim.' };
  if (form.what === '' && form.script.trim() === '')
    return { kind: 'wrong', because: 'The script is missing: without a profile or an image there is nothing to execute.' };
  let input: unknown;
  try {
    input = form.input.trim() === '' ? undefined : JSON.parse(form.input);
  } catch (error) {
    return { kind: 'wrong', because: `The input is no JSON: ${error instanceof Error ? error.message : String(error)}.` };
  }
  const job: SubmitJob = {
    resources: { slots },
    ...(form.what === imageChoice ? { image: form.image.trim() } : form.what === '' ? {} : { profile: form.what }),
    ...(form.script.trim() === ''
      ? {}
      : { command: { kind: 'script' as const, script: form.script, interpreter: form.interpreter.trim().split(/\s+/) } }),
    ...(input === undefined ? {} : { input }),
    ...(form.queue.trim() === '' ? {} : { queue: form.queue.trim() }),
    ...(form.name.trim() === '' ? {} : { name: form.name.trim() }),
    ...(minutes === null ? {} : { timeLimitMs: Math.round(minutes * 60_000) }),
  };
  return { kind: 'job', job };
}
