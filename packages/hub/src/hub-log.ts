import { pino } from 'pino';
import type { Log } from '@juqueue/core';

/** JSON lines on stderr, for the journal of systemd or whoever started the hub. */
export function hubLog(): Log {
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }));
  return { info: (message, data = {}) => logger.info(data, message), warn: (message, data = {}) => logger.warn(data, message) };
}
