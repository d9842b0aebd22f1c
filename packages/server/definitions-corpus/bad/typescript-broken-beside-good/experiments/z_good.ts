import { defineExperiment, run } from 'juqueue';

export default defineExperiment({ name: 'good', runs: [run({ id: 'a', cluster: 'local', cmd: ['true'], checkpoint: 'none' })] });
