import { defineExperiment } from 'juqueue';

enum Optimizer { Adam, Sgd }

export default defineExperiment({ name: 'b', runs: [{ id: Optimizer.Adam }] });
