/**
 * An amount of a resource for people: `8GiB`, `200GB`, `4`. Memory counts bytes; so do other resources that were given
 * with a unit, which nothing but their size tells.
 */
export function formatAmount(resource: string, amount: number): string {
  if (resource !== 'mem' && amount < leastBytes) return String(amount);
  const unit = units.find(([, bytes]) => amount >= bytes && amount % bytes === 0);
  if (unit !== undefined) return `${amount / unit[1]}${unit[0]}`;
  return amount < 1e6 ? `${amount}B` : amount < 1e9 ? `${twoDigits(amount / 1e6)}MB` : `${twoDigits(amount / 1e9)}GB`;
}

/** Nobody counts devices or licences by the million. */
const leastBytes = 1_000_000;

const units = [
  ['TiB', 2 ** 40],
  ['TB', 1e12],
  ['GiB', 2 ** 30],
  ['GB', 1e9],
  ['MiB', 2 ** 20],
  ['MB', 1e6],
] as const;

function twoDigits(value: number): string {
  return String(Number(value.toFixed(2)));
}
