import type { ChannelAddress, ChannelTarget, NotifyChannel, NotifyDefinition, SmtpLogin } from '../model/notify.ts';
import { notificationKinds } from '../model/notify.ts';
import { assertNever } from '../model/assert.ts';
import { compileShape } from './check-shape.ts';
import type { ShapeIssue } from './check-shape.ts';
import { durationMs } from './duration-text.ts';
import { isMapping } from './mapping.ts';
import {
  anyChannelSchema,
  commandChannelSchema,
  notifySchema,
  sendmailChannelSchema,
  smtpChannelSchema,
  webChannelSchema,
} from './notify-schema.ts';
import { ProblemList } from './problem-list.ts';
import type { DefinitionProblem } from './problem.ts';
import { showValue } from './show-value.ts';
import { readYaml } from './yaml-source.ts';

/** `definition` is null when the file has errors: it then keeps its last good version. */
export interface NotifyReading {
  readonly definition: NotifyDefinition | null;
  readonly problems: readonly DefinitionProblem[];
}

/** A message every five minutes is what people still read. */
const defaultDigestMs = 5 * 60_000;
const defaultStalledAfterMs = 30 * 60_000;
/** Queues of an hour are a normal day. */
const defaultPendingAfterMs = 2 * 3_600_000;

const check = {
  file: compileShape(notifySchema),
  any: compileShape(anyChannelSchema),
  web: compileShape(webChannelSchema),
  command: compileShape(commandChannelSchema),
  sendmail: compileShape(sendmailChannelSchema),
  smtp: compileShape(smtpChannelSchema),
};

/** Reads `notify.yaml`: who is told of what, and how. */
export function readNotify(file: string, text: string): NotifyReading {
  const source = readYaml(file, text);
  const problems = new ProblemList(source);
  if (source.value !== undefined && !isMapping(source.value))
    problems.add([], 'value', 'wrong-value', `expected a mapping with 'channels', found ${showValue(source.value)}`);
  if (problems.errorCount > 0) return { definition: null, problems: problems.all };
  const reading = check.file(source.value);
  for (const issue of reading.issues) problems.addIssue('', [], issue);
  if (reading.kind === 'refused') return { definition: null, problems: problems.all };
  const channels: NotifyChannel[] = [];
  for (const [name, value] of Object.entries(reading.value.channels)) {
    const channel = readChannel(name, value, (issue) => problems.addIssue(`channel '${name}'`, ['channels', name], issue));
    if (channel !== null) channels.push(channel);
  }
  if (problems.errorCount > 0) return { definition: null, problems: problems.all };
  const { digest, stalled_after: stalled, pending_after: pending } = reading.value;
  const times = {
    digestMs: digest === undefined ? defaultDigestMs : durationMs(digest),
    stalledAfterMs: stalled === undefined ? defaultStalledAfterMs : durationMs(stalled),
    pendingAfterMs: pending === undefined ? defaultPendingAfterMs : durationMs(pending),
  };
  return { definition: { channels, ...times }, problems: problems.all };
}

function readChannel(name: string, value: unknown, report: (issue: ShapeIssue) => void): NotifyChannel | null {
  const typed = check.any(value);
  typed.issues.forEach(report);
  if (typed.kind === 'refused') return null;
  const read = targetOf(typed.value.type, value, report);
  return read === null ? null : { name, kinds: read.events ?? notificationKinds, target: read.target };
}

type Events = NotifyChannel['kinds'] | undefined;
type ChannelType = ChannelTarget['kind'];

function targetOf(
  type: ChannelType,
  value: unknown,
  report: (issue: ShapeIssue) => void,
): { readonly target: ChannelTarget; readonly events: Events } | null {
  switch (type) {
    case 'webhook':
    case 'slack':
    case 'mattermost':
    case 'ntfy': {
      const reading = check.web(value);
      reading.issues.forEach(report);
      if (reading.kind === 'refused') return null;
      const address = addressOf(reading.value, report);
      return address === null ? null : { target: { kind: type, address }, events: reading.value.events };
    }
    case 'command': {
      const reading = check.command(value);
      reading.issues.forEach(report);
      return reading.kind === 'refused' ? null : { target: { kind: type, cmd: reading.value.cmd }, events: reading.value.events };
    }
    case 'sendmail': {
      const reading = check.sendmail(value);
      reading.issues.forEach(report);
      if (reading.kind === 'refused') return null;
      const { to, from, program, events } = reading.value;
      return { target: { kind: type, to: listOf(to), from: from ?? null, program: program ?? defaultSendmail }, events };
    }
    case 'smtp': {
      const reading = check.smtp(value);
      reading.issues.forEach(report);
      if (reading.kind === 'refused') return null;
      const { host, port, from, to, events } = reading.value;
      const login = loginOf(reading.value, report);
      return login === 'refused'
        ? null
        : {
            target: { kind: type, host, port: port ?? (login === null ? defaultSmtpPort : submissionPort), login, from, to: listOf(to) },
            events,
          };
    }
    default:
      return assertNever(type);
  }
}

const defaultSendmail = '/usr/sbin/sendmail';
const defaultSmtpPort = 25;
/** Where servers take mail from people who log in. */
const submissionPort = 587;

function loginOf(
  { user, password_file: passwordFile }: { readonly user?: string; readonly password_file?: string },
  report: (issue: ShapeIssue) => void,
): SmtpLogin | null | 'refused' {
  if (user === undefined && passwordFile === undefined) return null;
  if (user !== undefined && passwordFile !== undefined) return { user, passwordFile };
  const message =
    user === undefined
      ? "expected 'user' beside 'password_file'"
      : "expected 'password_file' beside 'user', a file that holds the password";
  report({ path: [], at: 'value', severity: 'error', code: 'missing-key', message, hint: null });
  return 'refused';
}

function addressOf(
  { url, url_file: file }: { readonly url?: string; readonly url_file?: string },
  report: (issue: ShapeIssue) => void,
): ChannelAddress | null {
  if (url !== undefined && file === undefined) return { kind: 'url', url };
  if (file !== undefined && url === undefined) return { kind: 'file', file };
  const message =
    url === undefined ? "expected 'url', or 'url_file' with a file that holds it" : "expected one of 'url' and 'url_file', found both";
  report({ path: [], at: 'value', severity: 'error', code: url === undefined ? 'missing-key' : 'wrong-value', message, hint: null });
  return null;
}

function listOf(to: string | readonly string[]): readonly string[] {
  return typeof to === 'string' ? [to] : to;
}
