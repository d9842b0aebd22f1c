import { defineExperiment } from 'juqueue';

function rate(step: number): number {
  if (step === 2) throw new RangeError(`step ${step} is too large`);
  return step;
}

export default defineExperiment({ name: 'g', runs: [1, 2].map((step) => ({ id: rate(step) })) });
