import { checkSlurmCluster } from '@juqueue/cluster-slurm';
import { WorkerCalls, workerFile } from '@juqueue/core';
import type { ClusterDefinition, DefinitionProblem } from '@juqueue/core';
import { readDefinitionsOnce } from '../definitions/definitions-loader.ts';
import type { DoctorFinding } from './finding.ts';
import type { WorkDirDoctorFunctions, WorkDirExamination } from './work-dir-doctor-worker.ts';

export interface DiagnoseInput {
  readonly defDir: string;
  /** Null when none is to be looked at. */
  readonly workDir: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Looks at everything that a manager needs, and changes and submits nothing: the program's Node, the work-dir, the
 * definitions, and what each Slurm cluster would say to its allocations.
 */
export async function diagnose({ defDir, workDir, env }: DiagnoseInput): Promise<readonly DoctorFinding[]> {
  const place = workDir === null ? null : await examineWorkDir(workDir);
  const { clusters, problems, files } = await readDefinitionsOnce({ defDir, workDir: workDir ?? defDir });
  const findings: DoctorFinding[] = [
    { about: 'node', severity: 'ok', code: 'version', message: `Node ${process.version} at ${process.execPath}`, hint: null },
    ...(place?.findings ?? []),
    ...judgeDefinitions(defDir, problems),
    ...(await judgeWriters(
      defDir,
      files.map(({ path }) => path),
    )),
  ];
  for (const cluster of clusters) findings.push(...(await examineCluster(cluster, place, env)));
  return findings;
}

async function examineWorkDir(workDir: string): Promise<WorkDirExamination> {
  await using worker = new WorkerCalls<WorkDirDoctorFunctions>(workerFile('work-dir-doctor-worker', import.meta.url));
  return await worker.call('examine', { workDir, uid: process.getuid?.() ?? -1 });
}

function judgeDefinitions(defDir: string, problems: readonly DefinitionProblem[]): readonly DoctorFinding[] {
  if (problems.length === 0)
    return [{ about: 'definitions', severity: 'ok', code: 'valid', message: `those in ${defDir} have no problems`, hint: null }];
  return problems.map(({ file, line, column, severity, code, message, hint }) => ({
    about: 'definitions',
    severity,
    code,
    message: `${line === 0 ? file : `${file}:${line}:${column}`}: ${message}`,
    hint,
  }));
}

/** Who else decides what is executed. */
async function judgeWriters(defDir: string, paths: readonly string[]): Promise<readonly DoctorFinding[]> {
  await using worker = new WorkerCalls<WorkDirDoctorFunctions>(workerFile('work-dir-doctor-worker', import.meta.url));
  const objection = await worker.call('writableByOthers', { defDir, paths });
  if (objection === null) return [];
  return [
    {
      about: 'definitions',
      severity: 'warning',
      code: 'shared',
      message: `somebody else could write them: ${objection}; what is saved there waits for juqueue reload`,
      hint: 'look at what changed before you reload; chmod go-w closes them',
    },
  ];
}

async function examineCluster(
  cluster: ClusterDefinition,
  place: WorkDirExamination | null,
  env: DiagnoseInput['env'],
): Promise<readonly DoctorFinding[]> {
  if (cluster.type !== 'slurm') return [];
  const about = `cluster ${cluster.name}`;
  const isHidden = place?.fileSystem?.isShared === false;
  const hidden: DoctorFinding = {
    about,
    severity: 'warning',
    code: 'work-dir-not-shared',
    message: `the work-dir lies on ${place?.fileSystem?.name ?? 'a disk'} of this machine, and nodes of this cluster read and write it`,
    hint: 'use a work-dir on a file system that the nodes see too, unless this machine exports it to them',
  };
  const live = await checkSlurmCluster(cluster, env);
  return [...live.map((found) => ({ about, ...found })), ...(isHidden ? [hidden] : [])];
}
