import { defineExperiment, run } from 'juqueue';
import { optimizers } from './_common.ts';
import type { Optimizer } from './_common.ts';

const rates = [0.1, 0.01] as const;

function train(optimizer: Optimizer, lr: number) {
  return run({ id: `${optimizer}_lr${lr}`, parameters: { optimizer, lr, out: '{run_dir}/model' } });
}

export default defineExperiment({
  name: 'sweep',
  defaults: { cluster: 'local', cmd: ['python3', '{def_dir}/train.py'], checkpoint: { every: '10m' } },
  runs: [...optimizers.flatMap((optimizer) => rates.map((lr) => train(optimizer, lr))), run({ id: 'summary', cmd: ['summarise'], depends_on: ['*_lr*'] })],
});
