import { formatAddress } from '../routing/address.ts';
import type { ScreenName } from '../routing/address.ts';
import type { RailItem } from '../shell/section.ts';

export const railItems: readonly RailItem[] = [
  {
    screen: 'overview',
    label: 'Overview',
    key: 'o',
    href: formatAddress('overview'),
    icon: 'M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 11h6v6h-6z',
  },
  { screen: 'jobs', label: 'Jobs', key: 'j', href: formatAddress('jobs'), icon: 'M3 5h14M3 10h14M3 15h14' },
  {
    screen: 'artifacts',
    label: 'Artifacts',
    key: 'a',
    href: formatAddress('artifacts'),
    icon: 'M3 6l7-3 7 3v8l-7 3-7-3zM3 6l7 3 7-3M10 9v8',
  },
  { screen: 'agents', label: 'Agents', key: 'g', href: formatAddress('agents'), icon: 'M4 4h12v8H4zM10 12v4M6 16h8' },
  {
    screen: 'access',
    label: 'Access',
    key: 'c',
    href: formatAddress('access'),
    icon: 'M6.5 13a3.5 3.5 0 1 1 0-7a3.5 3.5 0 1 1 0 7M10 9.5h7v3M14 9.5v2.5',
  },
];

/** The title that the tab shows; each screen has its own. */
export function titleOf(screen: ScreenName, subject: string | null): string {
  if (screen === 'job' && subject !== null) return `Job ${subject.slice(0, 8)}`;
  return railItems.find((item) => item.screen === screen)?.label ?? 'Overview';
}
