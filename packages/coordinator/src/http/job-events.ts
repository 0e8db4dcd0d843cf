/** Jobs' events as server-sent events, to a bounded number of followers, none of which can make the others wait. */
import { isFinal, LockstepError } from '@lockstep/core';
import type { FastifyReply } from 'fastify';
import type { Job, NumberedEvent } from '../jobs/job.js';

export interface FollowerLimits {
  /** Of all jobs together. */
  readonly followers: number;
  /** Events that a follower has not taken yet. Beyond it, it is cut off: it comes back with the last one it saw. */
  readonly bytes: number;
  /** A comment line this often keeps proxies from closing a quiet stream. */
  readonly keepAliveMilliseconds: number;
}

const DEFAULTS: FollowerLimits = { followers: 500, bytes: 4 * 2 ** 20, keepAliveMilliseconds: 10_000 };

export class JobFollowers {
  readonly #limits: FollowerLimits;
  #count = 0;

  constructor(limits: Partial<FollowerLimits> = {}) {
    this.#limits = { ...DEFAULTS, ...limits };
  }

  /**
   * Streams a job's events; ends after the one that tells of a final state.
   * @param after number of the last event that the follower has seen
   * @throws LockstepError RATE_LIMITED
   */
  add(job: Job, after: number | undefined, reply: FastifyReply): void {
    if (this.#count >= this.#limits.followers) {
      throw new LockstepError('RATE_LIMITED', `${String(this.#count)} followers are as many as there may be`, {
        hint: 'Ask for the job now and then instead of following it.',
      });
    }
    reply.hijack();
    // Who went while it was found out who asks, is not heard to close any more.
    if (reply.raw.destroyed) return;
    this.#count += 1;
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    raw.flushHeaders();
    const write = (text: string): void => {
      if (raw.writableEnded) return;
      if (raw.writableLength > this.#limits.bytes) raw.destroy();
      else raw.write(text);
    };
    const keepAlive = setInterval(() => {
      write(': still here\n\n');
    }, this.#limits.keepAliveMilliseconds);
    let unfollow = (): void => undefined;
    raw.once('close', () => {
      this.#count -= 1;
      clearInterval(keepAlive);
      unfollow();
    });
    unfollow = job.follow(after, (numbered) => {
      write(textOf(numbered));
      if (numbered.event.type === 'state' && isFinal(numbered.event.status.state)) raw.end();
    });
    // It ended before: what there was to say is said.
    if (isFinal(job.status.state)) raw.end();
    if (raw.destroyed) unfollow();
  }
}

function textOf({ number, event }: NumberedEvent): string {
  return `id: ${String(number)}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
