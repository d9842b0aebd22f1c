import type { Accounting } from '@juqueue/client';
import { nodeHours, nodeTime } from '../../output/node-time.ts';
import { partMeanings, partNodeSeconds } from '../part-meanings.ts';
import { accountSentences } from '../sentences.ts';
import { amount, inUnit, isNewsBesideNodeHours, siteUnit } from '../site-unit.ts';
import { accountTables } from './account-tables.ts';
import { dayChart } from './day-chart.ts';
import { html, noHtml } from './html.ts';
import type { Html } from './html.ts';
import { partsBar, percentOf, shown } from './parts-bar.ts';
import { style } from './style.ts';
import { timeline } from './timeline.ts';
import type { Lane } from './timeline-lanes.ts';

export interface ReportFacts {
  readonly workDir: string;
  readonly version: string;
  readonly accounting: Accounting;
  readonly lanes: readonly Lane[];
}

/**
 * The whole report as one page that needs nothing: no script, no network, no file beside it. The policy in its head would
 * refuse them anyway.
 */
export function reportPage({ workDir, version, accounting, lanes }: ReportFacts): string {
  const { total, asOfMs } = accounting;
  const asOf = `${new Date(asOfMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const hasBill = total.billedSlotMs > 0;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${`JuQueue ${version}`}">
<title>Node-hours of ${workDir}</title>
<style>${{ markup: style }}</style>
</head>
<body><main>
<h1>Where the node-hours went</h1>
<p class="soft">${workDir}, as of ${asOf}</p>
${hasBill ? figures(accounting) : noHtml}
<h2>In words</h2>
${accountSentences(accounting).map((sentence) => html`<p>${sentence}</p>`)}
${hasBill ? html`<h2>Where it went</h2><div class="panel">${partsBar(total, 28)}${legend(accounting)}</div>${dayChart(accounting.days)}<h2>Nodes over time</h2>${timeline(lanes)}${accountTables(accounting)}` : noHtml}
</main></body>
</html>
`.markup;
}

function figures(accounting: Accounting): Html {
  const { total, clusters } = accounting;
  const unit = siteUnit(accounting);
  const saved = total.aloneNodeSeconds - total.billedNodeSeconds;
  const moved = clusters.reduce((sum, { consolidation }) => sum + consolidation.savedNodeSeconds, 0);
  return html`<dl class="figures">
${figure('billed', hours(total.billedNodeSeconds), isNewsBesideNodeHours(unit) ? `${amount(inUnit(total.billedNodeSeconds, unit))} ${unit.unit}` : `${total.allocations} allocations`)}
${figure('useful', percentOf(total.partsSlotMs.useful, total.billedSlotMs), `${nodeTime(partNodeSeconds(total, 'useful'))}`)}
${figure('efficiency', percentOf(total.efficiency ?? 0, 1), `at least ${nodeTime(total.lowerBoundNodeSeconds)} were needed`)}
${saved > 0 ? figure('saved by packing', hours(saved), 'against a node for each run') : noHtml}
${moved > 0 ? figure('saved by consolidation', hours(moved), 'an estimate') : noHtml}
${total.provisionalNodeSeconds > 0 ? figure('provisional', hours(total.provisionalNodeSeconds), 'until the clusters confirm') : noHtml}
</dl>`;
}

function figure(name: string, value: string, note: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`;
}

/** As sentences have it: small bills in node-seconds. */
function hours(nodeSeconds: number): string {
  return nodeSeconds < 360
    ? `${Math.round(nodeSeconds)} node-s`
    : `${nodeSeconds < 36_000 ? nodeHours(nodeSeconds) : amount(nodeSeconds / 3_600)} node-h`;
}

function legend({ total }: Accounting): Html {
  const items = shown(total.partsSlotMs).map(
    (part) =>
      html`<li><i class="${part}"></i><div>${partMeanings[part].label} <span>${partMeanings[part].meaning}</span></div><b>${percentOf(total.partsSlotMs[part], total.billedSlotMs)}</b></li>`,
  );
  return html`<ul class="legend">${items}</ul>`;
}
