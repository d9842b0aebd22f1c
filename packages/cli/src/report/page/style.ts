import { partOrder } from '../part-meanings.ts';
import type { Part } from '../part-meanings.ts';

/** Work is green, waste is warm where somebody lost it, and grey where nobody used it. */
const partColours: Readonly<Record<Part, readonly [light: string, dark: string]>> = {
  useful: ['#1a7f5a', '#3fb389'],
  open: ['#86c9a8', '#28644e'],
  redone: ['#dd8a2e', '#e59a4a'],
  failed: ['#c13f3f', '#df6663'],
  startUp: ['#5a7fb8', '#7b9dd3'],
  dispatch: ['#8a64b6', '#a888d6'],
  closing: ['#bcaad4', '#6d5d89'],
  quantisation: ['#c9c9c2', '#4b5058'],
  fragmentation: ['#9a9a92', '#737984'],
  idle: ['#e2dccd', '#363a40'],
};

const variables = (shade: 0 | 1): string => partOrder.map((part) => `--${part}: ${partColours[part][shade]};`).join(' ');

/** One style sheet for light and dark, screen and paper. No fonts, no images: nothing is loaded from anywhere. */
export const style = `
:root { color-scheme: light dark; --page: #fbfbf9; --card: #ffffff; --ink: #1d1f22; --soft: #63676e; --line: #e5e5e0; --paid: #e9e9e4; ${variables(0)} }
@media (prefers-color-scheme: dark) { :root { --page: #131518; --card: #1a1d21; --ink: #e8eaed; --soft: #9aa0a9; --line: #2c3036; --paid: #2b2f35; ${variables(1)} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 72rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.05rem; margin: 2.75rem 0 .25rem; }
p { margin: 0 0 .75rem; max-width: 46rem; }
.soft, caption { color: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: 1.75rem 0 0; padding: 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem .9rem; }
.figures dt { color: var(--soft); font-size: .85rem; }
.figures dd { margin: .1rem 0 0; font-size: 1.5rem; font-weight: 600; letter-spacing: -.01em; line-height: 1.25; }
.figures dd small { display: block; font-size: .8rem; font-weight: 400; color: var(--soft); letter-spacing: 0; }
.figures small, .figures dt { overflow-wrap: anywhere; }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.1rem; margin-top: .75rem; overflow-x: auto; }
svg { display: block; width: 100%; height: auto; font: 11px system-ui, sans-serif; }
svg text { fill: var(--soft); }
svg .grid { stroke: var(--line); }
svg .paid { fill: var(--paid); }
svg .work { fill: var(--useful); }
svg .start { fill: var(--startUp); }
svg .gap { stroke: var(--card); stroke-width: 1; }
${partOrder.map((part) => `svg .${part} { fill: var(--${part}); } i.${part} { background: var(--${part}); }`).join('\n')}
i.paid { background: var(--paid); } i.start { background: var(--startUp); } i.work { background: var(--useful); }
.legend { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: .3rem 1.5rem; margin: .9rem 0 0; padding: 0; list-style: none; font-size: .88rem; }
.legend li { display: grid; grid-template-columns: .8rem 1fr auto; gap: .5rem; align-items: baseline; }
.legend.plain { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; }
.legend.plain li { display: flex; align-items: baseline; gap: .5rem; }
.legend i { width: .75rem; height: .75rem; border-radius: 2px; align-self: start; margin-top: .32em; display: inline-block; flex: none; }
.legend span { color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th, td { text-align: left; padding: .38rem .75rem .38rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
th { color: var(--soft); font-weight: 500; }
th.n, td.n { text-align: right; }
td.bar { width: 30%; min-width: 9rem; padding-right: 0; }
td.bar svg { height: .8rem; border-radius: 2px; }
details summary { cursor: pointer; color: var(--soft); margin-top: .75rem; }
summary:focus-visible { outline: 2px solid var(--startUp); outline-offset: 2px; }
@media print { main { max-width: none; padding: 0; } .panel, .figures div { break-inside: avoid; } }
`;
