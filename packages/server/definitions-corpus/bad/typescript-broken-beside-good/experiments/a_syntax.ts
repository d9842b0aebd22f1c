import { defineExperiment } from 'juqueue';

export default defineExperiment({ name: 'a',, runs: [] });
