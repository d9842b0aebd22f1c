/** Why nothing can be shown at present. */
export type Lock = 'no-token' | 'refused';

/** How the page hears of news. */
export type LiveState = 'connecting' | 'live' | 'stale' | 'lost';
