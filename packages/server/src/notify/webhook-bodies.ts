import { assertNever } from '@juqueue/core';
import type { ChannelTarget } from '@juqueue/core';
import { linesOf } from './news.ts';
import type { Message } from './news.ts';

type WebhookKind = Exclude<ChannelTarget['kind'], 'command' | 'sendmail' | 'smtp'>;

export interface WebhookBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A message as each service wants it. */
export function webhookBody(kind: WebhookKind, message: Message): WebhookBody {
  switch (kind) {
    case 'webhook':
      return json({
        version: 1,
        title: message.title,
        text: linesOf(message).join('\n'),
        host: message.host,
        workDir: message.workDir,
        news: message.news,
      });
    case 'slack':
      return json({ text: [`*${slackText(message.title)}*`, ...linesOf(message).map((line) => `• ${slackText(line)}`)].join('\n') });
    case 'mattermost':
      return json({
        text: [`**${markdownText(message.title)}**`, '', ...linesOf(message).map((line) => `- ${markdownText(line)}`)].join('\n'),
      });
    case 'ntfy':
      return {
        headers: { 'content-type': 'text/plain; charset=utf-8', title: headerText(message.title), tags: 'hourglass' },
        body: linesOf(message).join('\n'),
      };
    default:
      return assertNever(kind);
  }
}

function json(value: unknown): WebhookBody {
  return { headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

/** The three characters that Slack gives a meaning to. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Names with underscores and stars stay as they are; @channel would wake everybody. */
function markdownText(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|~]/g, '\\$&').replaceAll('@', '@\u200b');
}

/** Headers hold ASCII only; anything else goes as RFC 2047 has it. */
function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
}
