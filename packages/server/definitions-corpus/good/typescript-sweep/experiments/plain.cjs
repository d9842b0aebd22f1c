const { defineExperiment } = require('juqueue');

module.exports = defineExperiment({
  name: 'plain',
  defaults: { cluster: 'local', cmd: ['true'], checkpoint: 'none' },
  matrix: { seed: { from: 1, to: 2 } },
  id: 's{seed}',
});
