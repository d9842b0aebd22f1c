import { defineExperiment, run } from 'juqueue';

export default defineExperiment({ name: 'c', runs: [run({ id: 'w', cluster: 'local', cmd: ['true'], checkpoint: 'none', depends_on: ['a@x'] })] });
