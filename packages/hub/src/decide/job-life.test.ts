import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evolveJob } from '../evolve/evolve-job.ts';
import type { JobEvent } from '../model/job-event.ts';
import { defaultHubTimes } from '../model/hub-times.ts';
import { isFinal, isHeld } from '../model/job.ts';
import type { JobState } from '../model/job.ts';
import { decideClaim, decideCompletion, decideInfrastructureError, decideLeaseEnd, decideProgress, decideStarted } from './agent-decide.ts';
import type { Decision } from './decision.ts';
import { decideCancel, decideLaunch, decideRetry } from './people-decide.ts';

const order = {
  queue: 'q',
  name: null,
  priority: 0,
  retries: 2,
  retryDelayMs: 10,
  callbacks: [],
  supersedes: null,
  labels: {},
  cluster: null,
  outputResidence: 'hub',
} as const;
const created: JobEvent = {
  kind: 'created',
  owner: 'ada',
  contentHash: 'x',
  order,
  needs: { profile: 'host', resources: { slots: 1 }, cluster: null },
};
const result = {
  exitCode: 0,
  signal: null,
  output: null,
  stdoutTail: '',
  stderrTail: '',
  outputArtifact: null,
  logArtifact: null,
  startedAtMs: null,
  endedAtMs: 1,
  place: { cluster: null, node: null, run: null },
};

type Request = (job: JobState, nowMs: number) => Decision;

/** Everything that anybody may ask, agents that are late or wrong about the attempt included. */
const requests: fc.Arbitrary<Request> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Request>(decideLaunch) },
  { weight: 1, arbitrary: fc.constant<Request>((job) => decideCancel(job, 'ada', 'user-cancelled')) },
  { weight: 1, arbitrary: fc.constant<Request>(decideRetry) },
  { weight: 3, arbitrary: fc.constant<Request>((job, nowMs) => decideLeaseEnd(job, nowMs, defaultHubTimes)) },
  {
    weight: 20,
    arbitrary: fc
      .tuple(
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom('a', 'b'),
        fc.constantFrom('claim', 'started', 'progress', 'finished', 'failed', 'cancelled', 'infrastructure'),
      )
      .map(([attempt, agent, what]) => asked(attempt, agent, what)),
  },
);

function asked(
  attempt: number,
  agent: string,
  what: 'claim' | 'started' | 'progress' | 'finished' | 'failed' | 'cancelled' | 'infrastructure',
): Request {
  switch (what) {
    case 'claim':
      return (job, nowMs) => decideClaim(job, job.attempts + 1, agent, nowMs, defaultHubTimes);
    case 'started':
      return (job) => decideStarted(job, attempt, agent, { run: 'r', node: null, cluster: null, startedAtMs: 1 });
    case 'progress':
      return (job) => decideProgress(job, attempt, agent, { phase: null, message: null, fraction: 0.5 });
    case 'infrastructure':
      return (job, nowMs) => decideInfrastructureError(job, attempt, agent, 'x', nowMs);
    default:
      return (job) => decideCompletion(job, attempt, agent, { ...result, outcome: what, reason: 'exit' });
  }
}

test('whatever is asked in whatever order, a job has at most one result, one attempt at a time, and no transition that the table lacks', () => {
  fc.assert(
    fc.property(fc.array(requests, { maxLength: 80 }), (list) => {
      let job = evolveJob(null, { job: 'j', atMs: 0, actor: 'user:ada', event: created });
      let results = 0;
      let nowMs = 0;
      for (const request of list) {
        nowMs += 100_000;
        const decision = request(job, nowMs);
        if (decision.kind === 'refused') continue;
        const before = job;
        for (const event of decision.events) {
          job = evolveJob(job, { job: 'j', atMs: nowMs, actor: 'x', event });
          if (event.kind === 'completed') results += 1;
          if (event.kind === 'claimed') expect(event.attempt).toBe(before.attempts + 1);
        }
        if (isHeld(before.status) && isHeld(job.status)) expect(job.attempt?.attempt).toBe(before.attempt?.attempt);
        if (isFinal(before.status) && before.status !== 'dead') expect(job).toEqual(before);
        expect(job.attempts).toBeLessThanOrEqual(job.attemptsAllowed);
        expect(results).toBe(job.result === null ? 0 : 1);
        expect(request(job, nowMs).kind === 'refused' || decision.events.length > 0 || job === before).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('a job that is given away is not claimed before the fence has passed', () => {
  const at = (nowMs: number, event: JobEvent, job: JobState | null) => evolveJob(job, { job: 'j', atMs: nowMs, actor: 'x', event });
  let job = at(0, { kind: 'launched' }, at(0, created, null));
  job = at(1, { kind: 'claimed', attempt: 1, agent: 'a', leaseUntilMs: 120_001 }, job);
  const lost = decideLeaseEnd(job, 120_001, defaultHubTimes);
  if (lost.kind === 'events') for (const event of lost.events) job = at(120_001, event, job);
  expect(decideClaim(job, 2, 'b', 120_001 + defaultHubTimes.fenceMs - 1, defaultHubTimes).kind).toBe('refused');
  expect(decideClaim(job, 2, 'b', 120_001 + defaultHubTimes.fenceMs, defaultHubTimes).kind).toBe('events');
});

test.each([
  ['superseded', (job: JobState) => decideCancel(job, 'ada', 'superseded'), { reason: 'superseded', detail: null }],
  [
    'cancelled by a person of the hub',
    (job: JobState) => decideCancel(job, 'ada', 'user-cancelled'),
    { reason: 'user-cancelled', detail: null },
  ],
  [
    'cancelled by nobody at the hub',
    () => ({ kind: 'events', events: [] }) as Decision,
    { reason: 'user-cancelled', detail: 'cancelled on the cluster' },
  ],
] as const)('a job that was %s says so when its agent reports that it was cancelled', (_how, ask, expected) => {
  const follow = (job: JobState, decision: Decision): JobState =>
    decision.kind === 'refused'
      ? job
      : decision.events.reduce((state, event) => evolveJob(state, { job: 'j', atMs: 1, actor: 'x', event }), job);
  let job = follow(evolveJob(null, { job: 'j', atMs: 0, actor: 'user:ada', event: created }), {
    kind: 'events',
    events: [{ kind: 'launched' }, { kind: 'claimed', attempt: 1, agent: 'a', leaseUntilMs: 9 }],
  });
  job = follow(job, ask(job));
  job = follow(job, decideCompletion(job, 1, 'a', { ...result, outcome: 'cancelled', reason: 'user-cancelled' }));
  expect(job).toMatchObject({ status: 'cancelled', ...expected });
});
