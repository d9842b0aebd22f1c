export const definitionLanguages = ['yaml', 'typescript', 'python'] as const;
export type DefinitionLanguage = (typeof definitionLanguages)[number];

const clusters = `# yaml-language-server: $schema=schemas/clusters.json
# Where runs run. A cluster gives nodes, a node has slots, a run takes one slot unless it asks for more.

local:                     # experiments refer to this name
  type: local              # this machine; a node is a process here, good for trying things out
  max_jobs: 2              # nodes at the same time
  num_slots: 2             # runs at the same time on each node
`;

const yaml = `# yaml-language-server: $schema=../schemas/experiment.json
# Each combination of the matrix is a run; its values are appended to cmd: --greeting hello --times 1
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
`;

const typescript = `import { defineExperiment, run } from 'juqueue';

// Parameters are appended to cmd: --greeting hello --times 1
const runs = ['hello', 'goodbye'].flatMap((greeting) => [1, 2].map((times) => run({ id: \`\${greeting}\${times}\`, parameters: { greeting, times } })));

export default defineExperiment({
  name: 'first',
  autostart: true, // without it new runs wait for \`juqueue resume\`
  defaults: {
    cluster: 'local',
    cmd: ['echo'],
    checkpoint: 'none', // these runs cannot resume, so they are never stopped to save node-hours
  },
  runs,
});
`;

const tsconfig = `{
  "compilerOptions": {
    "target": "es2024",
    "module": "nodenext",
    "strict": true,
    "noEmit": true,
    "erasableSyntaxOnly": true,
    "allowImportingTsExtensions": true,
    "types": []
  },
  "include": ["juqueue.d.ts", "experiments"]
}
`;

const python = `from juqueue import ExperimentDef, RunDef


class Experiment(ExperimentDef):
    name = "first"
    autostart = True  # without it new runs wait for \`juqueue resume\`

    @property
    def runs(self):
        # Parameters are appended to cmd: --greeting hello --times 1
        base = RunDef.create_abstract(
            experiment_name=self.name,
            cluster="local",
            cmd=["echo"],
            checkpoint="none",  # these runs cannot resume, so they are never stopped to save node-hours
        )
        runs = []
        for greeting in ("hello", "goodbye"):
            for times in (1, 2):
                run = base.fork(f"{greeting}{times}")
                run.parameters = {"greeting": greeting, "times": times}
                runs.append(run)
        return runs
`;

/** What `juqueue init` writes: the smallest definitions that run, with the places to go on from, and what editors check them with. */
export function initFiles(
  language: DefinitionLanguage,
  editor: Readonly<Record<'experiment' | 'clusters' | 'typescript', string>>,
): Readonly<Record<string, string>> {
  const schemas = editorSchemas(editor);
  switch (language) {
    case 'yaml':
      return { 'clusters.yaml': clusters, 'experiments/first.yaml': yaml, ...schemas };
    case 'typescript':
      return {
        'clusters.yaml': clusters,
        'experiments/first.ts': typescript,
        'juqueue.d.ts': editor.typescript,
        'tsconfig.json': tsconfig,
        ...schemas,
      };
    case 'python':
      return { 'clusters.yaml': clusters, 'experiments/first.py': python, ...schemas };
  }
}

/** The schemas that the first lines of YAML files name. */
export function editorSchemas(editor: Readonly<Record<'experiment' | 'clusters', string>>): Readonly<Record<string, string>> {
  return { 'schemas/clusters.json': editor.clusters, 'schemas/experiment.json': editor.experiment };
}
