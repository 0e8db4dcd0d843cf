/** What a process says when it dies of an error that nobody has caught. */
import { LockstepError } from '@lockstep/core';
import type { Logger } from 'pino';

/** Of a process that failed, as the command's other failures have it. */
const FAILED = 1;

/**
 * From now on such an error, and a promise's that nobody waits for, is one line of the log, and then the end: what state
 * the process is in is not known any more, and whoever runs it starts it anew.
 * @param log which one to write to, asked when it happens
 * @returns undoes it
 */
export function speakLastWords(log: () => Logger): () => void {
  const die = (error: unknown): void => {
    try {
      const cause = error instanceof Error ? error : new LockstepError('INTERNAL', `this was thrown: ${String(error)}`);
      log().fatal({ code: 'INTERNAL', error: cause }, `the process ends, nobody expected this: ${cause.message}`);
    } finally {
      process.exit(FAILED);
    }
  };
  // Promises that nobody waits for come here too, since nobody listens for them alone.
  process.on('uncaughtException', die);
  return () => {
    process.off('uncaughtException', die);
  };
}
