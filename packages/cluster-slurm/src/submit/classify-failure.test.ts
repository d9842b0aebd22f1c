import { describe, expect, it } from 'vitest';
import { classifyFailure } from './classify-failure.ts';

const failed = 'sbatch: error: Batch job submission failed: ';
const policy = `${failed}Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)\n`;

describe('an sbatch that names no job', () => {
  it.each([
    ['the answer did not come in time', `${failed}Socket timed out on send/recv operation\n`],
    ['the connection broke after the request', `${failed}Zero Bytes were transmitted or received\n`],
    ['the answer was not received', `${failed}Unable to contact slurm controller (receive failure)\n`],
    ['the request may have been sent', `${failed}Unable to contact slurm controller (send failure)\n`],
    ['it said something that we do not know', 'sbatch: error: Something New Happened\n'],
    ['it said nothing', ''],
  ])('is unknown when %s', (_when, stderr) => {
    expect(classifyFailure(stderr, 'sbatch ended with status 1').kind).toBe('unknown');
  });

  it('is unknown when the answer was lost after an earlier try was certainly refused', () => {
    const stderr = `sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying\n${failed}Socket timed out on send/recv operation\n`;
    expect(classifyFailure(stderr, '').kind).toBe('unknown');
  });

  it.each([
    ['a limit of the association', `sbatch: error: AssocMaxSubmitJobLimit\n${policy}`],
    ['a limit of the quality of service', `sbatch: error: QOSMaxSubmitJobPerUserLimit\n${policy}`],
    ['a limit of the group', `sbatch: error: AssocGrpSubmitJobsLimit\n${policy}`],
    ['the general sentence alone', policy],
    ['the words of one site', 'sbatch: error: --> Too many simultaneous jobs in queue (50)\n'],
    ['a controller that is away', `${failed}Unable to contact slurm controller (connect failure)\n`],
    ['a controller that is not the active one', `${failed}Slurm backup controller in standby mode\n`],
    ['a full queue', 'sbatch: error: Slurm job queue full, sleeping and retrying\n'],
    ['maintenance', `${failed}System submissions disabled\n`],
    [
      'munge being down',
      `sbatch: error: If munged is up, restart with --num-threads=10\nsbatch: error: Munge encode failed: Failed to access "/run/munge/munge.socket.2"\n${failed}Protocol authentication error\n`,
    ],
  ])('is held back by %s', (_by, stderr) => {
    expect(classifyFailure(stderr, '').kind).toBe('held-back');
  });

  it.each([
    ['account', `${failed}Invalid account or account/partition combination specified\n`],
    ['partition', `sbatch: error: invalid partition specified: nosuch\n${failed}Invalid partition name specified\n`],
    ['partition', `${failed}User's group not permitted to use this partition\n`],
    ['qos', `${failed}Invalid qos specification\n`],
    ['time-limit', `${failed}Requested time limit is invalid (missing or exceeds some limit)\n`],
    ['resources', `${failed}Requested node configuration is not available\n`],
    ['resources', `${failed}Memory specification can not be satisfied\n`],
    ['resources', `${failed}Invalid generic resource (gres) specification\n`],
    ['resources', `${failed}Invalid feature specification\n`],
    ['reservation', `${failed}Requested reservation is invalid\n`],
    ['options', 'sbatch: unrecognized option \'--nosuch\'\nTry "sbatch --help" for more information\n'],
    ['options', "sbatch: option '--get-user-env' doesn't allow an argument\n"],
    [
      'site-rules',
      'sbatch: error: lua: Requesting memory by node is not supported\nsbatch: error: Batch job submission failed: Unspecified error\n',
    ],
    ['site-rules', 'sbatch: error: cli_filter plugin terminated with error\n'],
    ['site-rules', `sbatch: error: QOSMaxWallDurationPerJobLimit\n${policy}`],
    ['site-rules', `sbatch: error: QOSMinGRES\n${policy}`],
  ])('is refused for %s, and no retry helps', (code, stderr) => {
    expect(classifyFailure(stderr, '')).toMatchObject({ kind: 'refused', code });
  });

  it("tells Slurm's own words as one sentence", () => {
    expect(classifyFailure(`sbatch: error: AssocMaxSubmitJobLimit\n${failed}Job violates\n`, '').message).toBe(
      'AssocMaxSubmitJobLimit; Batch job submission failed: Job violates',
    );
    expect(classifyFailure('\n', 'sbatch ended with status 1').message).toBe('sbatch ended with status 1');
  });
});
