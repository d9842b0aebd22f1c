import type { Accounting } from '@juqueue/client';
import { nodeHours } from '../../output/node-time.ts';
import { rowsBy } from '../account-rows.ts';
import type { AccountRow, Grouping } from '../account-rows.ts';
import { html, noHtml } from './html.ts';
import type { Html } from './html.ts';
import { partsBar, percentOf } from './parts-bar.ts';
import { amount, inUnit, isNewsBesideNodeHours, siteUnit } from '../site-unit.ts';

/** What a page shows of allocations; `--csv --by allocation` has them all. */
const allocationsMax = 500;

/** The account by cluster, experiment, day and allocation, each row with where its bill went. */
export function accountTables(accounting: Accounting): Html {
  return html`<h2>By cluster</h2>${table('Cluster', 'cluster', accounting)}
<h2>By experiment</h2><p class="soft">Free slots are shared by those whose runs were on the node, by what they held of it.</p>${table('Experiment', 'experiment', accounting)}
<h2>By day</h2>${table('Day (UTC)', 'day', accounting)}
<h2>Allocations</h2>${allocations(accounting)}`;
}

function table(heading: string, grouping: Grouping, accounting: Accounting): Html {
  const rows = rowsBy(grouping, accounting);
  const unit = siteUnit(accounting);
  const longest = Math.max(...rows.map(({ billedSlotMs, billedNodeSeconds }) => (billedSlotMs === 0 ? 0 : billedNodeSeconds)));
  const hasUnit = isNewsBesideNodeHours(unit);
  const hasEfficiency = grouping === 'cluster';
  const body = rows.map(
    (row) =>
      html`<tr><td>${row.name}</td><td class="n">${nodeHours(row.billedNodeSeconds)}</td>${hasUnit ? html`<td class="n">${amount(inUnit(row.billedNodeSeconds, unit))}</td>` : noHtml}<td class="n">${percentOf(row.partsSlotMs.useful, row.billedSlotMs)}</td>${hasEfficiency ? html`<td class="n">${row.efficiency == null ? '–' : percentOf(row.efficiency, 1)}</td>` : noHtml}<td class="bar">${bar(row, longest)}</td></tr>`,
  );
  return html`<div class="panel"><table><thead><tr><th scope="col">${heading}</th><th scope="col" class="n">node-hours</th>${hasUnit ? html`<th scope="col" class="n">${unit.unit}</th>` : noHtml}<th scope="col" class="n">useful</th>${hasEfficiency ? html`<th scope="col" class="n">efficiency</th>` : noHtml}<th scope="col">where it went</th></tr></thead><tbody>${body}</tbody></table></div>`;
}

function bar(row: AccountRow, longest: number): Html {
  return row.billedSlotMs === 0 ? noHtml : partsBar(row, 10, row.billedNodeSeconds / longest);
}

function allocations({ allocations: all }: Accounting): Html {
  const shown = all.slice(-allocationsMax);
  const body = shown.map(
    ({ id, cluster, jobId, host, startedAtMs, endedAtMs, billedNodeSeconds, isProvisional, partsSlotMs, billedSlotMs }) =>
      html`<tr><td>${id}</td><td>${cluster}</td><td>${jobId ?? '–'}</td><td>${host ?? '–'}</td><td>${time(startedAtMs)}</td><td>${time(endedAtMs)}</td><td class="n">${Math.round(billedNodeSeconds)}</td><td>${isProvisional ? 'provisional' : 'confirmed'}</td><td class="n">${percentOf(partsSlotMs.useful, billedSlotMs)}</td></tr>`,
  );
  const note = shown.length < all.length ? `the newest ${shown.length} of ${all.length}` : `${all.length}`;
  return html`<details><summary>${note} allocations, times in UTC</summary><div class="panel"><table><thead><tr><th scope="col">Allocation</th><th scope="col">Cluster</th><th scope="col">Job</th><th scope="col">Host</th><th scope="col">Start</th><th scope="col">End</th><th scope="col" class="n">node-seconds</th><th scope="col">Bill</th><th scope="col" class="n">useful</th></tr></thead><tbody>${body}</tbody></table></div></details>`;
}

function time(ms: number | null): string {
  return ms === null ? '–' : new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
