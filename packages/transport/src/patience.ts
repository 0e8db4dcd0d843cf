/** Does again what the messaging system could not answer: it may be down for a while, and comes back. */
import { isLockstepError } from '@lockstep/core';

const AGAIN_AFTER_MILLISECONDS = 250;
/** A server that is restarted is back in seconds; one that is away for longer needs a person. */
const PATIENCE_MILLISECONDS = 60_000;

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
