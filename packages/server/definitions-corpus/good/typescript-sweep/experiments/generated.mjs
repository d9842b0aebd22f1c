function* runs() {
  for (const seed of [1, 2]) yield { id: `g${seed}` };
}

export default Promise.resolve({ name: 'generated', defaults: { cluster: 'local', cmd: ['true'], checkpoint: 'none' }, runs: runs() });
