/** Decides whether a process that has ended is started again. Pure: the caller brings the time and the history. */

export interface RestartLimits {
  /** How long to wait before the process is started again. */
  readonly delayMilliseconds: number;
  /** Restarts that are allowed within the window; one more and the cluster gives up. */
  readonly restarts: number;
  readonly windowMilliseconds: number;
}

/** One restart takes about a second, and what ends five times in a minute will not be helped by a sixth start. */
export const RESTART_DEFAULTS: RestartLimits = { delayMilliseconds: 1000, restarts: 5, windowMilliseconds: 60_000 };

export type RestartDecision =
  | { readonly action: 'restart'; readonly delayMilliseconds: number }
  | { readonly action: 'give-up'; readonly reason: string };

/**
 * @param now on the caller's monotonic clock, in milliseconds
 * @param restarts when the process was started again so far, on the same clock
 */
export function decideRestart(now: number, restarts: readonly number[], limits: RestartLimits): RestartDecision {
  const recent = restarts.filter((at) => now - at < limits.windowMilliseconds).length;
  if (recent < limits.restarts) return { action: 'restart', delayMilliseconds: limits.delayMilliseconds };
  const seconds = limits.windowMilliseconds / 1000;
  return { action: 'give-up', reason: `it ended ${recent + 1} times within ${seconds} s` };
}
