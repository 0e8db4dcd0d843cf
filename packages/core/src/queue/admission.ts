/** Whether one more job may be queued. */

export interface QueueLimits {
  /** Jobs that wait, or are paused. */
  readonly maxQueued: number;
  readonly maxQueuedPerOwner: number;
}

/** @returns what is full, in a sentence; undefined when there is room */
export function queueFull(queued: number, ofOwner: number, limits: QueueLimits): string | undefined {
  if (queued >= limits.maxQueued) {
    return `the queue is full: ${String(queued)} of ${String(limits.maxQueued)} jobs wait (maxQueued)`;
  }
  if (ofOwner >= limits.maxQueuedPerOwner) {
    const counts = `${String(ofOwner)} of ${String(limits.maxQueuedPerOwner)}`;
    return `you have too many jobs in the queue: ${counts} (maxQueuedPerOwner)`;
  }
  return undefined;
}
