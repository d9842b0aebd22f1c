/** What `juqueue init` writes: the smallest definitions that run, with the places to go on from. */
export const initFiles: Readonly<Record<string, string>> = {
  'clusters.yaml': `# Where runs run. A cluster gives nodes, a node has slots, a run takes one slot unless it asks for more.

local:                     # experiments refer to this name
  type: local              # this machine; a node is a process here, good for trying things out
  max_jobs: 2              # nodes at the same time
  num_slots: 2             # runs at the same time on each node
`,
  'experiments/first.yaml': `# Each combination of the matrix is a run; its values are appended to cmd: --greeting hello --times 1
name: first
autostart: true            # without it new runs wait for \`juqueue resume\`

defaults:
  cluster: local
  cmd: [echo]
  checkpoint: none         # these runs cannot resume, so they are never stopped to save node-hours

matrix:
  greeting: [hello, goodbye]
  times: [1, 2]
id: "{greeting}{times}"
`,
};
