interface Example {
  readonly command: string;
  /** What it does, where that is not plain to see. */
  readonly means?: string;
}

/** What stands below the help of each command. A test parses them, so they keep up with the options. */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  serve: [
    { command: 'juqueue --def-dir defs --work-dir work' },
    { command: 'juqueue --def-dir defs --work-dir work --detach --port -1', means: 'without the terminal and without a TCP port' },
  ],
  hub: [{ command: 'juqueue hub --data hub-data' }],
  login: [{ command: 'juqueue login https://hub.example.org --key-file hub.key' }],
  submit: [
    { command: 'juqueue submit --wait -- python3 train.py --lr 0.1' },
    { command: 'juqueue submit --image docker://python:3.13-slim --file train.py --gpus 1 --time-limit 2h -- python3 train.py' },
    { command: 'juqueue submit --profile text-embedding:v3/gpu --input \'{"rows": 100}\'' },
  ],
  'run-file': [{ command: 'juqueue run-file --wait --runner python3 train.py -- --lr 0.1' }],
  jobs: [{ command: 'juqueue jobs --status running --status queued' }],
  job: [{ command: 'juqueue job 0197f0b2-7a6e-7c1d-8f00-3c1b2a4d5e6f' }],
  get: [{ command: 'juqueue get 0197f0b2-7a6e-7c1d-8f00-3c1b2a4d5e6f -o results' }],
  results: [{ command: 'juqueue results --follow --reader laptop', means: 'goes on where this reader was' }],
  agent: [
    { command: 'juqueue agent check' },
    { command: 'juqueue agent run --drain', means: 'finishes what is here and takes nothing new' },
    { command: 'juqueue agent install-service --work-dir /scratch/me/work' },
  ],
  status: [{ command: 'juqueue status' }, { command: 'juqueue status --work-dir /scratch/me/work --json' }],
  managers: [{ command: 'juqueue managers' }],
  runs: [
    { command: "juqueue runs 'sweep@*' --state failed" },
    { command: "juqueue runs --where 'lr<1e-3' --sort -duration -o wide" },
    { command: 'juqueue runs --experiment sweep --fields id,status,parameters.lr -o tsv' },
    { command: 'juqueue runs --state running --watch --json', means: 'a line of JSON for each run that changes' },
  ],
  show: [{ command: 'juqueue show sweep@lr1e-4_s3' }, { command: 'juqueue show sweep@lr1e-4_s3 --script --attempt 2 > by-hand.sh' }],
  logs: [
    { command: 'juqueue logs sweep@lr1e-4_s3 --tail 50 --follow' },
    { command: 'juqueue logs sweep@lr1e-4_s3 --stderr --grep error --ignore-case' },
    { command: 'juqueue logs 0197f0b2-7a6e-7c1d-8f00-3c1b2a4d5e6f --follow', means: 'of a job of the hub' },
  ],
  resume: [
    { command: "juqueue resume 'sweep@*' --state failed" },
    { command: 'juqueue resume sweep@lr1e-4_s3 --fresh', means: 'in an empty directory' },
  ],
  cancel: [
    { command: "juqueue cancel 'sweep@*' --dry-run", means: 'how many would be cancelled' },
    { command: "juqueue cancel --where 'lr>0.1' --force --reason 'diverges'" },
  ],
  hold: [{ command: "juqueue hold 'sweep@*' --reason 'data is being copied'" }],
  release: [{ command: "juqueue release 'sweep@*'" }],
  priority: [{ command: "juqueue priority 10 'sweep@*'" }, { command: 'juqueue priority 0 --experiment sweep' }],
  clean: [
    { command: 'juqueue clean --finished --older 30d --dry-run', means: 'what would go' },
    { command: "juqueue clean 'old-sweep@*' --yes" },
  ],
  drain: [
    { command: 'juqueue drain gpu-17' },
    { command: 'juqueue drain gpu-17 --now', means: 'its runs are stopped first' },
    { command: 'juqueue drain gpu-17 --undo' },
  ],
  cluster: [{ command: "juqueue cluster hold booster --reason 'maintenance on Tuesday'" }, { command: 'juqueue cluster release booster' }],
  failures: [{ command: 'juqueue failures' }, { command: 'juqueue failures --experiment sweep --limit 5' }],
  images: [{ command: 'juqueue images' }, { command: 'juqueue images update docker://python:3.13-slim' }],
  reload: [{ command: 'juqueue reload' }, { command: 'juqueue reload --apply --running finish --choose sweep=restart' }],
  nodes: [{ command: 'juqueue nodes --cluster booster' }],
  explain: [
    { command: 'juqueue explain sweep@lr1e-4_s3', means: 'why it waits' },
    { command: 'juqueue explain booster', means: 'why it has no more nodes' },
  ],
  estimate: [{ command: "juqueue estimate 'sweep@*' --assume 45m" }],
  report: [
    { command: 'juqueue report --by day,experiment' },
    { command: 'juqueue report --csv --by allocation > bill.csv' },
    { command: 'juqueue report --html report.html' },
    { command: 'juqueue report --site' },
  ],
  wait: [{ command: "juqueue wait 'sweep@*' --timeout 2h" }, { command: 'juqueue wait --experiment sweep --ignore-failures' }],
  progress: [{ command: 'juqueue progress sweep' }, { command: 'juqueue progress --once --json' }],
  events: [{ command: 'juqueue events --run sweep@lr1e-4_s3' }, { command: 'juqueue events --since 1200 --follow --json' }],
  notify: [{ command: 'juqueue notify' }, { command: 'juqueue notify --test' }],
  open: [{ command: 'juqueue open' }],
  tunnel: [{ command: 'juqueue tunnel' }],
  token: [{ command: 'juqueue token --read-only' }, { command: 'juqueue token --rotate' }],
  completion: [{ command: 'juqueue completion bash' }, { command: 'juqueue completion zsh' }],
  stop: [{ command: 'juqueue stop' }, { command: 'juqueue stop --release', means: 'every run stops, every node is given back' }],
  doctor: [{ command: 'juqueue doctor defs --work-dir work' }],
  validate: [{ command: 'juqueue validate defs' }, { command: 'juqueue validate --schema clusters > clusters.schema.json' }],
  init: [{ command: 'juqueue init defs --language python' }, { command: 'juqueue init defs --from-sbatch train.sbatch' }],
};

/** The text for the end of a command's help; null when there are no examples of it. */
export function exampleText(verb: string): string | null {
  const own = examples[verb];
  if (own === undefined) return null;
  const lines = own.map(({ command, means }) => `  ${command}${means === undefined ? '' : `\n      ${means}`}`);
  return `\nExamples:\n${lines.join('\n')}`;
}
