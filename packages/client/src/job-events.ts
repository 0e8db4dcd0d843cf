/**
 * Follows a job to its end over server-sent events. Connections break and coordinators restart; the follower sees one
 * stream, as long as something is heard within the client's patience.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  LockstepError,
  isFinal,
  isLockstepError,
  type EpochMetrics,
  type JobEvent,
  type JobStatus,
} from '@lockstep/core';
import { expectJobStatus, expectObject, parseJson } from './expect.js';
import { eitherSignal, guarded, openAnswer } from './http.js';
import type { CompiledClientOptions } from './options.js';
import { createServerSentEventParser, type ServerSentEvent } from './server-sent-events.js';

const RECONNECT_MILLISECONDS = { first: 100, largest: 2000 } as const;

/** What a follower remembers from one connection to the next. */
interface Following {
  lastEventId: string;
  /** On the monotonic clock; anything counts, comments too. */
  lastHeard: number;
  /** Connections in a row that brought nothing. */
  fruitless: number;
  /** The last epoch that the follower was told of. */
  epoch: number;
}

/**
 * @throws LockstepError NOT_FOUND for an unknown job; UNREACHABLE once nothing was heard for the client's patience.
 */
export async function* followJob(options: CompiledClientOptions, id: string): AsyncGenerator<JobEvent, void, void> {
  const following: Following = { lastEventId: '', lastHeard: performance.now(), fruitless: 0, epoch: 0 };
  for (;;) {
    try {
      for await (const message of readConnection(options, id, following)) {
        const event = parseJobEvent(message, options.url);
        if (event === undefined) continue;
        if (event.type === 'epoch') {
          if (isNews(following, event.epoch)) yield event;
          continue;
        }
        yield event;
        if (event.type === 'state') yield* missedEpochs(following, event.status);
        if (event.type === 'state' && isFinal(event.status.state)) return;
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isLockstepError(error, 'UNREACHABLE') && !isLockstepError(error, 'TIMEOUT')) throw error;
      giveUpWhenTooLong(options, id, following, error);
    }
    giveUpWhenTooLong(options, id, following, undefined);
    await pause(following, options.signal);
  }
}

/**
 * Epochs that ended before the stream was opened, or while there was none: every one is told of once, in order, and after
 * the status, which says when the job has begun and how many epochs it has.
 */
function* missedEpochs(following: Following, { history }: JobStatus): Generator<JobEvent, void, void> {
  for (const epoch of history) if (isNews(following, epoch)) yield { type: 'epoch', epoch };
}

function isNews(following: Following, { epoch }: EpochMetrics): boolean {
  if (epoch <= following.epoch) return false;
  following.epoch = epoch;
  return true;
}

/** One connection: ends when the service ends it, throws when it breaks or falls silent. */
async function* readConnection(
  options: CompiledClientOptions,
  id: string,
  following: Following,
): AsyncGenerator<ServerSentEvent, void, void> {
  const silence = watchSilence(options, id);
  const signal = eitherSignal(silence.signal, options.signal);
  try {
    const headers = {
      accept: 'text/event-stream',
      ...(following.lastEventId === '' ? {} : { 'last-event-id': following.lastEventId }),
    };
    const path = `/jobs/${encodeURIComponent(id)}/events`;
    const answer = await openAnswer(options, { method: 'GET', path, headers }, signal);
    const body = answer.body[Symbol.asyncIterator]();
    const parser = createServerSentEventParser();
    for (;;) {
      const next = await guarded(options, signal, () => body.next());
      if (next.done === true) return;
      silence.heard();
      following.lastHeard = performance.now();
      for (const event of parser.push(next.value)) {
        following.fruitless = 0;
        following.lastEventId = event.id;
        yield event;
      }
    }
  } finally {
    silence.end();
  }
}

interface SilenceWatch {
  readonly signal: AbortSignal;
  heard(): void;
  /** Also closes the connection. */
  end(): void;
}

function watchSilence(options: CompiledClientOptions, id: string): SilenceWatch {
  const controller = new AbortController();
  const seconds = options.silenceMilliseconds / 1000;
  const timer = setTimeout(() => {
    controller.abort(new LockstepError('TIMEOUT', `nothing was heard of job ${id} for ${seconds} s`));
  }, options.silenceMilliseconds);
  return {
    signal: controller.signal,
    heard: () => timer.refresh(),
    end: () => {
      clearTimeout(timer);
      controller.abort();
    },
  };
}

function giveUpWhenTooLong(options: CompiledClientOptions, id: string, following: Following, cause: unknown): void {
  if (performance.now() - following.lastHeard < options.patienceMilliseconds) return;
  const seconds = options.patienceMilliseconds / 1000;
  throw new LockstepError('UNREACHABLE', `${options.url} sent no news of job ${id} for ${seconds} s`, {
    hint: 'the job may still run: look into the log of the coordinator',
    cause,
  });
}

async function pause(following: Following, signal: AbortSignal | undefined): Promise<void> {
  const milliseconds = Math.min(
    RECONNECT_MILLISECONDS.first * 2 ** following.fruitless,
    RECONNECT_MILLISECONDS.largest,
  );
  following.fruitless += 1;
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Undefined for an event of a type that this client does not know yet. */
function parseJobEvent(message: ServerSentEvent, url: string): JobEvent | undefined {
  const what = `event ${message.type}`;
  const value = expectObject(parseJson(message.data, url, what), url, what);
  switch (message.type) {
    case 'state':
      return { type: 'state', status: expectJobStatus(value['status'], url) };
    case 'progress':
    case 'epoch':
      expectObject(value[message.type], url, what);
      return { ...value, type: message.type } as unknown as JobEvent;
    case 'worker':
      return { type: 'worker', worker: String(value['worker']), change: String(value['change']) };
    default:
      return undefined;
  }
}
