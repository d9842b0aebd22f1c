/**
 * Why a job waits, by kind.
 *
 * queue        it is its turn when it is its turn.
 * delay        it waits for an instant or for another job.
 * limit        it starts when other jobs of the user or group end.
 * budget       it starts when the account has node-hours again.
 * maintenance  nodes are reserved; a shorter walltime may still fit before.
 * site         the site has to bring something up again.
 * never        it can never start as it was asked for.
 * held         a person has to release it.
 */
export type WaitingKind = 'queue' | 'delay' | 'limit' | 'budget' | 'maintenance' | 'site' | 'never' | 'held';

/** In this order: the list of reasons grows with each release, so families are matched, special cases first. */
const kinds: readonly (readonly [pattern: RegExp, kind: WaitingKind])[] = [
  [/^(JobHeld(User|Admin)|JobHoldMaxRequeue)$|requeued held$/i, 'held'],
  [
    /^(PartitionTimeLimit|PartitionNodeLimit|PartitionConfig|BadConstraints|Constraints|AccountNotAllowed|QOSNotAllowed|InvalidAccount|InvalidQOS|MaxMemPerLimit|DependencyNeverSatisfied|DeadLine|ReservationDeleted)$/i,
    'never',
  ],
  [
    /^(QOS|Assoc)?(Max|Min)\w*PerJob\w*$|^(QOS|Assoc)\w*(MaxWallDuration|MaxWall\b|MaxCpuMinutesPerJob)\w*|^(QOS|Assoc)Min\w*$|\w*MinutesPerJob\w*/i,
    'never',
  ],
  // RunMinutes count what runs now, so they come back; Minutes count what was used up.
  [/^(QOS|Assoc)\w*RunMin\w*/i, 'limit'],
  [/^(QOS|Assoc)Grp\w*(Minutes|Wall)\w*$|^QOSUsageThreshold$/i, 'budget'],
  [
    /^(QOS|Assoc)(Grp|Max)\w*|^AssociationJobLimit$|^MaxNodePerAccount$|^QOSResourceLimit$|^AssociationResourceLimit$|^QOSJobLimit$|^AssociationTimeLimit$/i,
    'limit',
  ],
  [/reserved for maintenance|^ReqNodeNotAvail, May be reserved/i, 'maintenance'],
  [/^(PartitionDown|PartitionInactive|NodeDown|FrontEndDown|SystemFailure)$|^Nodes required for job are DOWN|UnavailableNodes:\S/i, 'site'],
  [/^(BeginTime|Dependency|JobArrayTaskLimit)$/i, 'delay'],
];

/** The kind of the reason that squeue shows. A reason that we do not know is ordinary waiting. */
export function waitingKind(reason: string): WaitingKind {
  return kinds.find(([pattern]) => pattern.test(reason))?.[1] ?? 'queue';
}

const explanations: Readonly<Record<WaitingKind, string | null>> = {
  queue: null,
  delay: 'it starts later',
  limit: 'it starts when other jobs end',
  budget: 'the account has used up its share',
  maintenance: 'nodes are reserved; a shorter walltime may still fit',
  site: 'the site has to bring nodes or partition up',
  never: 'it can never start like this; change the definition of the cluster',
  held: 'somebody has to release it',
};

/** The reason in Slurm's words, with what that means where it is more than its turn in the queue. */
export function describeWaiting(reason: string): string {
  const explanation = explanations[waitingKind(reason)];
  const words = reason === 'None' || reason === '' ? 'just submitted' : reason;
  return explanation === null ? words : `${words} (${explanation})`;
}
