/** Does again what the messaging system could not answer: it may be down for a while, and comes back. */
import { randomInt } from 'node:crypto';
import { isLockstepError } from '@lockstep/core';

/** Between two tries, at first and after a long wait; chance makes up to twice as much of it. */
const FIRST_MILLISECONDS = 200;
const LAST_MILLISECONDS = 1500;

const AGAIN_AFTER_MILLISECONDS = 250;
/** A server that is restarted is back in seconds; one that is away for longer needs a person. */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * How long to wait before the next try, when so many milliseconds have gone in vain: at most three seconds, and not the
 * same for all that wait for one server.
 * @param chance from 0 to 1
 */
export function retryDelay(waited: number, chance = randomInt(1001) / 1000): number {
  return Math.min(Math.max(waited / 2, FIRST_MILLISECONDS), LAST_MILLISECONDS) * (1 + chance);
}

/**
 * What `action` gives, which is tried again while it ends in TIMEOUT or UNREACHABLE. It must do no harm twice.
 * @param wanted whether the result is still of use
 */
export async function untilReachable<T>(action: () => Promise<T>, wanted: () => boolean = () => true): Promise<T> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      const transient = isLockstepError(error, 'TIMEOUT') || isLockstepError(error, 'UNREACHABLE');
      if (!transient || !wanted() || performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MILLISECONDS).unref());
  }
}
