const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `100 000`, with narrow spaces that no language reads as a decimal point. */
export function formatCount(count: number): string {
  return grouped.format(count).replaceAll(',', '\u202f');
}

/** `1 run`, `2 runs`. */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Three significant digits, fewer when they are zeros: `61.4`, `0.052`, `1 204`. */
export function formatAmount(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 1_000) return formatCount(value);
  return String(Number(value.toPrecision(3)));
}

/** Node-hours for large bills, node-minutes and node-seconds for small ones. */
export function formatNodeTime(nodeSeconds: number): string {
  if (nodeSeconds >= 3_600) return `${formatAmount(nodeSeconds / 3_600)} node-h`;
  if (nodeSeconds >= 600) return `${formatAmount(nodeSeconds / 60)} node-min`;
  return `${formatAmount(nodeSeconds)} node-s`;
}

export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 1) return '<1%';
  if (percent > 99 && percent < 100) return '>99%';
  return `${Math.round(percent)}%`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${formatAmount(bytes / 1_024)} KiB`;
  if (bytes < 1_073_741_824) return `${formatAmount(bytes / 1_048_576)} MiB`;
  return `${formatAmount(bytes / 1_073_741_824)} GiB`;
}
