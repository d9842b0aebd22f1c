import Type from 'typebox';
import { notificationKinds } from '../model/notify.ts';
import { duration, mapping, oneOf, text, wholeNumber } from './schema-parts.ts';

const kinds = Type.Optional(
  Type.Array(oneOf([...notificationKinds]), { minItems: 1, expects: `a list of ${notificationKinds.join(', ')}` }),
);

const webUrl = Type.String({ pattern: '^https?://[^\\s]+$', expects: 'an address that begins with https:// or http://' });
const mailAddress = Type.String({ pattern: '^[^\\s@<>,;]+@[^\\s@<>,;]+$', expects: 'a mail address' });
const receivers = Type.Union([mailAddress, Type.Array(mailAddress, { minItems: 1 })], { expects: 'a mail address, or a list of them' });

/** Either `url` or `url_file`; that one of them is there is checked when it is read. */
export const webChannelSchema = mapping({
  type: oneOf(['webhook', 'slack', 'mattermost', 'ntfy']),
  events: kinds,
  url: Type.Optional(webUrl),
  url_file: Type.Optional(text),
});
export const commandChannelSchema = mapping({
  type: Type.Literal('command'),
  events: kinds,
  cmd: Type.Array(text, { minItems: 1, expects: 'a list of texts' }),
});
export const sendmailChannelSchema = mapping({
  type: Type.Literal('sendmail'),
  events: kinds,
  to: receivers,
  from: Type.Optional(mailAddress),
  program: Type.Optional(text),
});
export const smtpChannelSchema = mapping({
  type: Type.Literal('smtp'),
  events: kinds,
  host: text,
  port: Type.Optional(wholeNumber(1)),
  from: mailAddress,
  to: receivers,
  user: Type.Optional(text),
  password_file: Type.Optional(text),
});

/** What a channel must have before the schema of its type can be chosen. */
export const anyChannelSchema = Type.Object({ type: oneOf(['webhook', 'slack', 'mattermost', 'ntfy', 'command', 'sendmail', 'smtp']) });

export const notifySchema = mapping({
  channels: Type.Record(Type.String(), Type.Unknown(), { expects: 'a mapping of channel names' }),
  digest: Type.Optional(duration),
  stalled_after: Type.Optional(duration),
  pending_after: Type.Optional(duration),
});
