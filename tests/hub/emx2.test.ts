import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Emx2Hub } from '../../packages/hub/src/agent/emx2-hub.ts';
import { HubRequests } from '../../packages/hub/src/agent/hub-requests.ts';
import { agentProcesses } from './agent-processes.ts';
import type { RunningAgent } from './agent-site.ts';
import { Emx2Server, hashOf, treeHash } from './emx2-server.ts';
import type { ServerArtifact, ServerJob } from './emx2-server.ts';
import { Emx2Site } from './emx2-site.ts';

const patienceMs = 180_000;
/** `parameters.args` is one line of shell. */
const profiles = `  tools:v3/shell: { host_entrypoint: [sh, -c] }
  tools:v3/in-place: { host_entrypoint: [sh, -c], outputs: cluster }
`;
const lineOf = (line: string, more: object = {}) => ({ parameters: { args: [line], ...more } });

describe('an agent serves an EMX2 server', { timeout: patienceMs }, () => {
  let site: Emx2Site;
  let agent: RunningAgent;

  beforeAll(async () => {
    site = await Emx2Site.start(profiles);
    agent = site.serve();
  }, patienceMs);

  afterEach(() => {
    site.server.trouble = () => null;
  });

  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  });

  const artifact = (id: string | null): ServerArtifact => {
    const found = site.server.artifacts.get(id ?? '');
    if (found === undefined) throw new Error(`there is no artifact ${id}`);
    return found;
  };
  const textOf = (id: string | null, path: string): string => artifact(id).files.get(path)?.bytes?.toString() ?? 'missing';

  test('a job: claimed, submitted, started, progress, completed; quotes are data; outputs and logs are committed artifacts', async () => {
    const { server } = site;
    const managed = server.commit('managed', null, { 'a.txt': 'the input\n', 'sub/b.txt': 'more\n' });
    const text = `it's "quoted" $HOME \`id\` \${x}`;
    const line =
      'cat "$HPC_INPUT_DIR"/*/a.txt input.json; echo "$QUOTED $EMX2_JOB_ID"; echo "$HPC_PARAMETERS" > "$HPC_OUTPUT_DIR/copy.json"; mkdir deep; echo bytes > deep/out; echo problem >&2; echo "0.5 half of it" > "$JUQUEUE_PROGRESS_FILE"; until [ -e go ]; do sleep 0.2; done; rm go';
    const job = server.submit('tools:v3', 'shell', {
      ...lineOf(line, { text, environment: { QUOTED: text } }),
      inputs: [{ artifact_id: managed.id }],
      timeout_seconds: 120,
    });
    await site.until('half of it is told', () => job.progress === 0.5);
    expect(job).toMatchObject({
      status: 'STARTED',
      message: 'half of it',
      worker_id: 'login-node',
      slurm_job_id: expect.stringMatching(new RegExp(`^hub-login-node@${job.id}-\\d+$`)),
    });
    site.folder.writeBelow(`hub-login-node/${job.slurm_job_id?.split('@')[1]}/go`, '');
    await site.ended(job);
    expect(site.server.stepsOf(job)).toEqual(['CLAIMED', 'SUBMITTED', 'STARTED', 'COMPLETED']);
    const output = artifact(job.output_artifact_id);
    expect(output).toMatchObject({
      residence: 'managed',
      type: 'output',
      status: 'COMMITTED',
      metadata: { job_id: job.id, worker_id: 'login-node', profile: 'tools:v3/shell' },
    });
    expect([...output.files.keys()].sort()).toEqual(['copy.json', 'deep/out']);
    expect(JSON.parse(textOf(output.id, 'copy.json'))).toMatchObject({ text });
    expect(artifact(job.log_artifact_id)).toMatchObject({ type: 'log', status: 'COMMITTED' });
    expect(textOf(job.log_artifact_id, 'logs/stdout.log')).toContain(`the input\n${JSON.stringify(job.parameters)}${text} ${job.id}\n`);
    expect(textOf(job.log_artifact_id, 'logs/stderr.log')).toContain('problem\n');
    await site.until(
      'nothing is left here',
      () => !existsSync(join(site.folder.workDir, 'hub-login-node', job.slurm_job_id?.split('@')[1] ?? '')),
    );
  });

  test('outputs that stay on the cluster are told with their hashes, without the logs, and the next job takes them from there', async () => {
    const { server } = site;
    const first = server.submit('tools:v3', 'in-place', lineOf('echo one > one; mkdir two; echo two > two/file; echo noise'));
    await site.ended(first);
    const output = artifact(first.output_artifact_id);
    expect(output).toMatchObject({ residence: 'posix', status: 'COMMITTED', contentUrl: expect.stringMatching(/^file:\/\/\//) });
    expect([...output.files].map(([path, { sha256, bytes }]) => [path, sha256, bytes])).toEqual([
      ['one', hashOf('one\n'), null],
      ['two/file', hashOf('two\n'), null],
    ]);
    expect(treeHash(output)).toBe(hashOf(`one:${hashOf('one\n')}two/file:${hashOf('two\n')}`));
    const second = server.submit('tools:v3', 'shell', {
      ...lineOf('cat input/data/one input/data/two/file > both'),
      inputs: { data: output.id },
    });
    await site.ended(second);
    expect(textOf(second.output_artifact_id, 'both')).toBe('one\ntwo\n');
    expect(readFileSync(join(output.contentUrl?.replace('file://', '') ?? '', 'one'), 'utf8')).toBe('one\n');
  });

  test('a failure has its reason: exit code with what was said, time limit, an input that is not what it should be or is gone', async () => {
    const { server } = site;
    const wrong = server.commit('managed', null, { 'a.txt': 'right' });
    wrong.files.set('a.txt', { sha256: hashOf('right'), sizeBytes: 5, bytes: Buffer.from('wrong') });
    const failing: readonly (readonly [ServerJob, RegExp])[] = [
      [server.submit('tools:v3', 'shell', lineOf('echo no such model >&2; exit 3')), /^exit code 3\nno such model$/],
      [server.submit('tools:v3', 'shell', { ...lineOf('sleep 600'), timeout_seconds: 1 }), /^the time limit has passed/],
      [server.submit('tools:v3', 'shell', { ...lineOf('true'), inputs: [wrong.id] }), /has the SHA-256 .*expected/],
      [server.submit('tools:v3', 'shell', { ...lineOf('true'), inputs: ['00000000-0000-4000-8000-000000000000'] }), /not found/],
      [server.submit('tools:v3', 'shell', { ...lineOf('true'), submit_user: 'eve' }), /'eve' is not among the host_users/],
    ];
    for (const [job, detail] of failing) {
      await site.ended(job);
      expect([job.status, job.transitions.at(-1)?.detail]).toEqual(['FAILED', expect.stringMatching(detail)]);
    }
  });

  test('a job cancelled there ends here, and nothing else is told about it', async () => {
    const { server } = site;
    const mark = join(site.folder.path, 'cancelled-goes-on');
    const job = server.submit('tools:v3', 'shell', lineOf(`trap 'exit 0' TERM; while sleep 0.2; do date > '${mark}'; done`));
    await site.until('it executes', () => job.status === 'STARTED' && existsSync(mark));
    server.cancel(job);
    await site.until(
      'its record is gone',
      () => !existsSync(join(site.folder.workDir, 'hub-login-node', job.slurm_job_id?.split('@')[1] ?? '')),
    );
    expect(server.stepsOf(job)).toEqual(['CLAIMED', 'SUBMITTED', 'STARTED', 'CANCELLED']);
  });

  test('a server that fails for a while, or does not accept the worker for a while, costs nothing', async () => {
    const { server } = site;
    let left = 6;
    server.trouble = (line) =>
      /^(POST|PUT) .*(transition|complete|files|artifacts|commit)/.test(line) && left-- > 0 ? (left % 2 === 0 ? 503 : 401) : null;
    const job = server.submit('tools:v3', 'shell', lineOf('echo fine > out'));
    await site.ended(job);
    expect([job.status, textOf(job.output_artifact_id, 'out')]).toEqual(['COMPLETED', 'fine\n']);
    expect(left).toBeLessThanOrEqual(0);
  });

  test('a job whose outputs the server refuses has failed, and says where they are', async () => {
    const { server } = site;
    server.trouble = (line) => (/^PUT .*\/files\/large/.test(line) ? 413 : null);
    const job = server.submit('tools:v3', 'shell', lineOf('echo large > large'));
    await site.ended(job);
    expect([job.status, job.output_artifact_id, job.transitions.at(-1)?.detail]).toEqual([
      'FAILED',
      null,
      expect.stringMatching(/^the outputs could not be uploaded and stay in \/.*: trouble/),
    ]);
  });

  test('a file beyond 8 MiB goes up as it is read', async () => {
    const job = site.server.submit('tools:v3', 'shell', lineOf('head -c 20000000 /dev/zero > zeros'));
    await site.ended(job);
    expect(artifact(job.output_artifact_id).files.get('zeros')).toMatchObject({
      sizeBytes: 20_000_000,
      sha256: hashOf(Buffer.alloc(20_000_000)),
    });
  });

  test('nothing that the server refuses is asked but what a test made it refuse', () => {
    expect(site.server.refusals.filter((refusal) => !/trouble that the test made|not found/.test(refusal))).toEqual([]);
  });
});

describe('an agent of an EMX2 server that is killed', { timeout: patienceMs }, () => {
  let site: Emx2Site;

  beforeAll(async () => {
    site = await Emx2Site.start(profiles);
    mkdirSync(join(site.folder.path, 'marks'));
    site.serveByManager();
  }, patienceMs);

  afterAll(() => site[Symbol.asyncDispose]());

  const points: readonly (readonly [string, RegExp, 'no-answer' | 'lost-answer'])[] = [
    ['after a claim that it has not noted', /^POST .*\/claim$/, 'lost-answer'],
    ['while a file goes up', /^PUT .*\/files\/out$/, 'no-answer'],
    ['after its outputs were committed', /^POST \/artifacts\/.*\/commit$/, 'lost-answer'],
    ['before the end is told', /^POST .*\/complete$/, 'no-answer'],
    ['after the end was told', /^POST .*\/complete$/, 'lost-answer'],
  ];
  test.each(points)('%s goes on there: one execution, one end, its outputs', async (name, wanted, trouble) => {
    const { server, folder } = site;
    let killed = 0;
    server.trouble = (line) => {
      if (killed > 0 || !wanted.test(line)) return null;
      for (const pid of agentProcesses(folder.workDir)) {
        killed = pid;
        // What it has asked for is done first.
        setTimeout(() => process.kill(pid, 'SIGKILL'), 100);
      }
      return trouble;
    };
    const mark = join(folder.path, 'marks', name.replaceAll(' ', '-'));
    const job = server.submit('tools:v3', 'shell', lineOf(`echo x >> '${mark}'; echo result > out`));
    await site.ended(job);
    expect(killed).not.toBe(0);
    expect(server.stepsOf(job)).toEqual(['CLAIMED', 'SUBMITTED', 'STARTED', 'COMPLETED']);
    expect(readFileSync(mark, 'utf8')).toBe('x\n');
    expect(server.artifacts.get(job.output_artifact_id ?? '')).toMatchObject({ status: 'COMMITTED' });
    expect(
      server.artifacts
        .get(job.output_artifact_id ?? '')
        ?.files.get('out')
        ?.bytes?.toString(),
    ).toBe('result\n');
    await site.until(
      'nothing is left here',
      () => !existsSync(join(folder.workDir, 'hub-login-node', job.slurm_job_id?.split('@')[1] ?? '')),
    );
  });
});

test(
  'more than a hundred jobs of each status: all that wait are taken, all that a lost agent left have failed',
  { timeout: patienceMs },
  async () => {
    await using site = await Emx2Site.start(profiles, 'max_jobs: 500\n');
    const lost = Array.from({ length: 120 }, () =>
      Object.assign(site.server.submit('tools:v3', 'shell'), { status: 'STARTED', worker_id: 'login-node' }),
    );
    {
      await using _ = site.serve();
      await site.until('the lost have failed', () => lost.every(({ status }) => status === 'FAILED'));
      expect(lost[0]?.transitions.at(-1)?.detail).toBe('worker login-node has no record of this job any more');
    }
    const others = site.server.submit('tools:v3', 'shell');
    Object.assign(others, { status: 'STARTED', worker_id: 'another' });
    const waiting = Array.from({ length: 130 }, () => site.server.submit('tools:v3', 'shell', lineOf('true')));
    await using _ = site.serve({ isSimulated: true });
    await site.until('all have ended', () => waiting.every(({ status }) => status === 'COMPLETED'));
    expect(others.status).toBe('STARTED');
  },
);

test('a server that has forgotten its worker learns it again with the next heartbeat', async () => {
  await using server = await Emx2Server.start();
  using requests = await HubRequests.open({
    url: server.url,
    agent: 'login-node',
    secret: server.secret,
    caFile: null,
    proxy: null,
    env: {},
    protocol: 'emx2',
  });
  let nowMs = Date.now();
  const hub = new Emx2Hub(requests, 'login-node', { now: () => nowMs });
  const looking = { held: [], room: { freeSlots: 0, openSlots: 0, nextFreeInMs: null, isDraining: false } };
  await expect(hub.renew(looking)).rejects.toMatchObject({ code: 'JQ_AGENT_UNKNOWN' });
  await hub.register({
    hostname: 'login',
    version: '1',
    capabilities: [{ profile: 'tools:v3/shell', maxConcurrent: 3, resources: { slots: 1 }, cluster: 'local' }],
    hostUsers: [],
  });
  server.workers.clear();
  await hub.renew(looking);
  expect(server.workers.size).toBe(0);
  nowMs += 130_000;
  await hub.renew(looking);
  expect(server.workers.get('login-node')).toEqual([{ processor: 'tools:v3', profile: 'shell', max_concurrent_jobs: 3 }]);
});
