/**
 * Runs a coordinator or a worker as a process: it says when it is ready, ends in order when asked, and does not outlive
 * the process that started it over an IPC channel.
 */
import { setFlagsFromString } from 'node:v8';
import { isLockstepError } from '@lockstep/core';
import { defaultLogFormat, openLog, speakLastWords, type LogFormat, type Logger } from '@lockstep/service';
import type { ServiceMessage } from './embedded/messages.js';
import { listenForInterrupts } from './interrupts.js';
import { EXIT, exitCodeOf } from './output/failure.js';

export interface Service {
  readonly url?: string;
  /** Where its last words go. */
  readonly log?: Logger;
  stop(): Promise<void>;
  /** Resolves when it has ended by itself. */
  readonly stopped?: Promise<void>;
}

/** How long an orphan may take to end: nobody is left to kill it. */
const ORPHAN_MILLISECONDS = 5000;

/**
 * How far V8 lets the heap grow before it collects all of it, in percent of what the last collection left. V8 counts the
 * memory outside the heap of messages that lie in the young generation towards it. With its default a small heap reaches
 * the limit before a cheap collection of the young generation can free the messages, and everything is collected every
 * few steps: a quarter of the CPU time of small models. In time for threads that start later, which inherit it.
 */
const HEAP_GROWING_PERCENT = 400;

export interface ServiceKind {
  readonly service: 'coordinator' | 'worker';
  /** By default what suits where stderr goes. */
  readonly format: LogFormat | undefined;
}

/**
 * @returns the exit code once the service has ended. Throws what `start` throws; where programs read the log, it is a
 *   line of that instead.
 */
export async function runService(
  { service: name, format = defaultLogFormat() }: ServiceKind,
  start: (format: LogFormat) => Promise<Service>,
): Promise<number> {
  setFlagsFromString(`--heap-growing-percent=${String(HEAP_GROWING_PERCENT)}`);
  // Who wants no log wants to know all the same why the process has died.
  let log = openLog({ service: name, format: format === 'silent' ? 'json' : format, level: 'info' });
  const stopSpeaking = speakLastWords(() => log);
  let end = (): void => undefined;
  const ending = new Promise<void>((resolve) => {
    end = resolve;
  });
  const stopListening = listenForInterrupts({
    first: () => {
      end();
    },
    second: () => process.exit(EXIT.interrupted),
  });
  process.once('disconnect', () => {
    setTimeout(() => process.exit(EXIT.failed), ORPHAN_MILLISECONDS).unref();
    end();
  });
  try {
    const service = await Promise.race([start(format), ending]);
    // Told to end before it was there, as a worker is that still waits for its coordinator: it holds nothing yet.
    if (service === undefined) return EXIT.done;
    if (format !== 'silent') log = service.log ?? log;
    tellParent({ type: 'ready', ...(service.url === undefined ? {} : { url: service.url }) });
    await Promise.race([ending, ...(service.stopped === undefined ? [] : [service.stopped])]);
    await service.stop();
    return EXIT.done;
  } catch (error) {
    tellParent(failureMessage(error));
    if (format !== 'json') throw error;
    return logFailure(log, error);
  } finally {
    stopListening();
    stopSpeaking();
  }
}

/** @returns the exit code */
function logFailure(log: Logger, error: unknown): number {
  if (isLockstepError(error)) {
    const { code, message, hint, faults } = error;
    log.fatal({ code, hint, ...(faults.length > 0 && { faults }) }, message);
  } else log.fatal({ code: 'INTERNAL', error }, 'an error that nobody expected');
  return exitCodeOf(error);
}

function failureMessage(error: unknown): ServiceMessage {
  if (!isLockstepError(error)) {
    return { type: 'failed', code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
  }
  const { code, message, hint } = error;
  return { type: 'failed', code, message, ...(hint === undefined ? {} : { hint }) };
}

function tellParent(message: ServiceMessage): void {
  // The parent may be gone by now; the channel's end has been noticed then.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
