import { expect, test } from 'vitest';
import { learnedTimes, modelOf, type TookSample } from './learn-times.ts';

const learnTimes = (samples: readonly TookSample[], parameters: TookSample['parameters']) => {
  const model = modelOf(samples);
  return model === null ? null : learnedTimes(model, parameters);
};

function sample(tookMs: number, parameters: TookSample['parameters'] = {}): TookSample {
  return { tookMs, parameters };
}

test('fewer than three samples teach nothing', () => {
  expect(learnTimes([sample(1), sample(2)], {})).toBeNull();
});

test('one outlier moves neither the median nor, among many, the upper quantile', () => {
  const samples = [...Array.from({ length: 19 }, (_, i) => sample(100 + i)), sample(1_000_000)];
  expect(learnTimes(samples, {})).toMatchObject({ medianMs: 109, upperMs: 117, samples: 20, by: null });
});

test('a parameter that explains the times is used, one that does not is not', () => {
  const samples = ['small', 'large'].flatMap((model) =>
    [1, 2, 3, 4].map((seed) => sample(model === 'large' ? 1_000 + seed : 100 + seed, { model, seed: seed % 2 })),
  );
  expect(learnTimes(samples, { model: 'large', seed: 7 })).toMatchObject({ by: 'model', medianMs: 1_002, samples: 4 });
  expect(learnTimes(samples, { model: 'huge', seed: 1 })).toMatchObject({ by: null, samples: 8 });
});
