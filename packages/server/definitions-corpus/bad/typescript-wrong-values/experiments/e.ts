import { defineExperiment, run } from 'juqueue';

const shared = { cluster: 'locl' };

export default defineExperiment({
  name: 'e',
  autostrt: true,
  defaults: { cmd: ['true'], checkpoint: 'none' },
  runs: [
    run({ id: 'a', cluster: 'local', retrys: 2, time: '90 minutes' }),
    run({
      id: 'b',
      ...shared,
      executor: {
        env: { A: '1' },
        cudaa: true,
      },
    }),
    run({ id: 'c', cluster: 'local', parameters: { f: () => 1, d: new Date(0), n: NaN, missing: undefined } }),
    { id: 'd', cluster: 'local', depends_on: ['aa'] },
    run({ id: 'a/b', cluster: 'local', cmd: ['run', '{sed}'] }),
  ],
});
