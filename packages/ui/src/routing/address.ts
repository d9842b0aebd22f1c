/** The screens of a manager and of a hub by the first word of their address. */
export const screenNames = ['overview', 'runs', 'run', 'nodes', 'definitions', 'jobs', 'job', 'artifacts', 'agents', 'access'] as const;
export type ScreenName = (typeof screenNames)[number];

/** What the fragment of an address says: everything that a reload or a colleague with the same link should see again. */
export interface Address {
  readonly screen: ScreenName;
  /** The thing that the screen shows: the id of a run, of a job, of an artifact. */
  readonly subject: string | null;
  readonly query: ReadonlyMap<string, string>;
}

/** `#/run/sweep%40a?attempt=2` → screen run, subject `sweep@a`, query attempt 2. Unknown screens lead to the overview. */
export function parseAddress(hash: string): Address {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [first = '', ...rest] = path.split('/');
  const screen = screenNames.find((name) => name === first) ?? 'overview';
  const subject = rest.length === 0 ? null : decode(rest.join('/'));
  return { screen, subject, query: new Map(new URLSearchParams(search)) };
}

export function formatAddress(
  screen: ScreenName,
  subject: string | null = null,
  query: Readonly<Record<string, string | null>> = {},
): string {
  const path = screen === 'overview' ? '' : screen;
  const parameters = new URLSearchParams(
    Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== ''),
  );
  // Readable addresses: these mean nothing in the query of a fragment.
  const search = parameters.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%40', '@').replaceAll('%2F', '/');
  return `#/${path}${subject === null ? '' : `/${encodeURIComponent(subject).replaceAll('%40', '@')}`}${search === '' ? '' : `?${search}`}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
