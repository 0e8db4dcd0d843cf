/** A job's log lines: those that there are, and each new one until the job is over. */
import { setTimeout as delay } from 'node:timers/promises';
import { LockstepError, isFinal, isLockstepError, type LogLine } from '@lockstep/core';
import { expectArray, expectJobStatus, expectObject, expectString } from './expect.js';
import { requestJson } from './http.js';
import type { CompiledClientOptions } from './options.js';
import { withQuery } from './pages.js';

/** Lines are asked for, not pushed: as often as a person reads them. */
const ASK_AGAIN_MILLISECONDS = 500;
const PAGE = 500;

interface LogPage {
  /** Names the log that the numbers are of. */
  readonly log: string;
  readonly lines: readonly LogLine[];
  /** There are more than fit into this page. */
  readonly more: boolean;
}

/** Those with a larger number than `after`, oldest first. */
export async function listLogLines(options: CompiledClientOptions, id: string, after: number): Promise<LogLine[]> {
  const all: LogLine[] = [];
  for (;;) {
    const { lines, more } = await getPage(options, id, all.at(-1)?.number ?? after);
    all.push(...lines);
    if (!more) return all;
  }
}

/**
 * @throws LockstepError NOT_FOUND for an unknown job; UNREACHABLE once the service has not answered for the client's
 *   patience
 */
export async function* followLogLines(options: CompiledClientOptions, id: string): AsyncGenerator<LogLine, void, void> {
  const seen = { log: '', after: 0, heard: performance.now() };
  for (let over = false; ;) {
    try {
      // Asked before the lines are: what is noted at a job's end is there once the job says that it is over. What its
      // workers note then comes a moment later, so there is one more look.
      const wasOver = over;
      over = await isOver(options, id);
      yield* newLines(options, id, seen);
      seen.heard = performance.now();
      if (wasOver && over) return;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isLockstepError(error, 'UNREACHABLE') && !isLockstepError(error, 'TIMEOUT')) throw error;
      giveUpWhenTooLong(options, id, seen.heard, error);
    }
    await pause(options.signal);
  }
}

async function* newLines(
  options: CompiledClientOptions,
  id: string,
  seen: { log: string; after: number },
): AsyncGenerator<LogLine, void, void> {
  for (let more = true; more;) {
    const page = await getPage(options, id, seen.after);
    if (page.log !== seen.log && seen.after > 0) {
      // Another coordinator, whose numbers begin again: of its lines, none was seen.
      Object.assign(seen, { log: page.log, after: 0 });
      continue;
    }
    seen.log = page.log;
    for (const line of page.lines) {
      seen.after = line.number;
      yield line;
    }
    more = page.more;
  }
}

async function isOver(options: CompiledClientOptions, id: string): Promise<boolean> {
  const answer = await requestJson(options, { method: 'GET', path: `/jobs/${encodeURIComponent(id)}` });
  return isFinal(expectJobStatus(answer, options.url).state);
}

async function getPage(options: CompiledClientOptions, id: string, after: number): Promise<LogPage> {
  const path = `/jobs/${encodeURIComponent(id)}/logs`;
  const query = { limit: PAGE, after: after > 0 ? after : undefined };
  const request = { method: 'GET', path: withQuery(path, query) } as const;
  const { items, nextCursor, log } = expectObject(await requestJson(options, request), options.url, path);
  return {
    // A coordinator from before there was such a thing.
    log: typeof log === 'string' ? log : '',
    lines: expectArray(items, options.url, path)
      .map((item) => expectLogLine(item, options.url))
      .filter(({ number }) => number > after),
    more: nextCursor !== null,
  };
}

function expectLogLine(value: unknown, url: string): LogLine {
  const line = expectObject(value, url, 'a line of the log');
  expectString(line['message'], url, 'the message of a line of the log');
  return line as unknown as LogLine;
}

function giveUpWhenTooLong(options: CompiledClientOptions, id: string, heard: number, cause: unknown): void {
  if (performance.now() - heard < options.patienceMilliseconds) return;
  const seconds = options.patienceMilliseconds / 1000;
  throw new LockstepError('UNREACHABLE', `${options.url} did not say what the log of job ${id} has for ${seconds} s`, {
    hint: 'the job may still run: look into the log of the coordinator',
    cause,
  });
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ASK_AGAIN_MILLISECONDS, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
