import type { StopReport } from '@juqueue/core';

/** What a stop did and what it left, for the person who asked for it. `jobs` of a hub execute on the nodes that go on. */
export function describeStop(report: StopReport, jobs = 0): string {
  const did = [`${count(report.stoppedRuns, 'run')} stopped`, `${count(report.endedNodes, 'node')} ended`];
  if (report.cancelledAllocations > 0) did.push(`${count(report.cancelledAllocations, 'waiting allocation')} cancelled`);
  const left =
    report.remainingNodes.length === 0
      ? ''
      : ` ${count(report.remainingNodes.length, 'node')} ${report.remainingNodes.length === 1 ? 'goes' : 'go'} on (${report.remainingNodes.join(', ')}); juqueue stop --release ends them.`;
  const agent =
    jobs === 0
      ? ''
      : ` The agent goes on, too: it keeps ${count(jobs, 'job')} of the hub for half an hour, or until a manager is there again.`;
  return `Stopped: ${did.join(', ')}.${left}${agent}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
