/** What people can be told of, each with what it means. */
export const notificationKinds = [
  'experiment-done',
  'first-failure',
  'failure-burst',
  'stalled',
  'allocation-pending',
  'cluster-held',
  'budget',
] as const;
export type NotificationKind = (typeof notificationKinds)[number];

/** An address that may be a secret: written down, or the first line of a file. */
export type ChannelAddress = { readonly kind: 'url'; readonly url: string } | { readonly kind: 'file'; readonly file: string };

/** A way to people. */
export type ChannelTarget =
  | { readonly kind: 'webhook' | 'slack' | 'mattermost' | 'ntfy'; readonly address: ChannelAddress }
  | { readonly kind: 'command'; readonly cmd: readonly string[] }
  | { readonly kind: 'sendmail'; readonly program: string; readonly from: string | null; readonly to: readonly string[] }
  | {
      readonly kind: 'smtp';
      readonly host: string;
      readonly port: number;
      readonly login: SmtpLogin | null;
      readonly from: string;
      readonly to: readonly string[];
    };

/** The password stands on the first line of a file that only we read. */
export interface SmtpLogin {
  readonly user: string;
  readonly passwordFile: string;
}

export interface NotifyChannel {
  readonly name: string;
  readonly kinds: readonly NotificationKind[];
  readonly target: ChannelTarget;
}

/** What `notify.yaml` says. */
export interface NotifyDefinition {
  readonly channels: readonly NotifyChannel[];
  /** What happens within this time after the first news goes into one message. */
  readonly digestMs: number;
  /** Ready runs of which none starts or ends for so long have stalled. */
  readonly stalledAfterMs: number;
  /** An allocation that waits for so long is worth a word. */
  readonly pendingAfterMs: number;
}
