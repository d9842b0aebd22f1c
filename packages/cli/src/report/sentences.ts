import type { Accounting } from '@juqueue/client';
import { nodeTime, percent } from '../output/node-time.ts';
import { partMeanings, partNodeSeconds, wasteParts } from './part-meanings.ts';
import { amount, inUnit, isNewsBesideNodeHours, siteUnit } from './site-unit.ts';

/** What the account means, a sentence each, the bill first. */
export function accountSentences(accounting: Accounting): readonly string[] {
  const { total, clusters } = accounting;
  const { billedNodeSeconds, provisionalNodeSeconds, lowerBoundNodeSeconds, efficiency, recoverable, billedSlotMs, partsSlotMs } = total;
  if (billedNodeSeconds === 0) return ['Nothing has been billed yet.'];
  const unit = siteUnit(accounting);
  const inSiteUnit = isNewsBesideNodeHours(unit) ? ` (${amount(inUnit(billedNodeSeconds, unit))} ${unit.unit})` : '';
  const provisional =
    provisionalNodeSeconds === 0
      ? 'all of it confirmed by the clusters'
      : `${nodeTime(provisionalNodeSeconds)} of it provisional until the clusters confirm the ends`;
  const [worst] = wasteParts.toSorted((a, b) => partsSlotMs[b] - partsSlotMs[a]);
  return [
    `${nodeTime(billedNodeSeconds)}${inSiteUnit} were billed, ${provisional}.`,
    `The work that was done could not have cost less than ${nodeTime(lowerBoundNodeSeconds)}: an efficiency of ${percent(efficiency ?? 0, 1)}${recoverable === null || recoverable === 0 ? '' : `; moving runs together could have given back ${percent(recoverable, 1)} of the bill`}.`,
    ...(worst === undefined || partsSlotMs[worst] === 0
      ? []
      : [
          `What else was paid for most is ${partMeanings[worst].meaning}: ${percent(partsSlotMs[worst], billedSlotMs)} (${nodeTime(partNodeSeconds(total, worst))}).`,
        ]),
    ...packingSentence(total),
    ...clusters.flatMap(consolidationSentence),
  ];
}

/** Against one run per node, the way in which a sweep is submitted without a packer. */
function packingSentence({ aloneNodeSeconds, billedNodeSeconds }: Accounting['total']): readonly string[] {
  if (aloneNodeSeconds <= billedNodeSeconds) return [];
  return [
    `With a node for each run, the same runs would have cost ${nodeTime(aloneNodeSeconds)}: packing saved ${nodeTime(aloneNodeSeconds - billedNodeSeconds)}.`,
  ];
}

function consolidationSentence({
  name,
  consolidation: { moves, nodes, savedNodeSeconds, redoneNodeSeconds },
}: Accounting['clusters'][number]): readonly string[] {
  if (moves === 0) return [];
  const runs = `${moves} ${moves === 1 ? 'run was' : 'runs were'} moved to empty ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`;
  return [`Consolidation of ${name}: ${runs}, which saved about ${nodeTime(savedNodeSeconds)} and redid ${nodeTime(redoneNodeSeconds)}.`];
}
