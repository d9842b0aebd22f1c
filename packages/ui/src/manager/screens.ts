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
  { screen: 'runs', label: 'Runs', key: 'r', href: formatAddress('runs'), icon: 'M3 5h14M3 10h14M3 15h14' },
  { screen: 'nodes', label: 'Nodes & bill', key: 'n', href: formatAddress('nodes'), icon: 'M3 5h8M7 10h10M3 15h6M13 15h4' },
  {
    screen: 'definitions',
    label: 'Definitions',
    key: 'd',
    href: formatAddress('definitions'),
    icon: 'M5 2.5h7l3.5 3.5v11.5H5zM8 10h5M8 13.5h5',
  },
];

/** The title that the tab shows; each screen has its own. */
export function titleOf(screen: ScreenName, subject: string | null): string {
  switch (screen) {
    case 'runs':
      return 'Runs';
    case 'run':
      return subject ?? 'Run';
    case 'nodes':
      return 'Nodes & bill';
    case 'definitions':
      return 'Definitions';
    default:
      return 'Overview';
  }
}
