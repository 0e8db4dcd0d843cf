/**
 * Records the graphs of jobs that wait, one after the other, so that one that cannot be recorded fails while it waits
 * and not hours later. Whoever submits to a queue is not kept waiting for it.
 */
import type { Compiler } from '../compile/compiler.js';
import type { Job } from './job.js';

export interface JobChecksContext {
  readonly compiler: Pick<Compiler, 'check'>;
  /** Whether the job still waits. */
  readonly waits: (job: Job) => boolean;
  /** It cannot be recorded, for this reason. */
  readonly failed: (job: Job, error: unknown) => Promise<void>;
}

export class JobChecks {
  readonly #context: JobChecksContext;
  #last: Promise<void> = Promise.resolve();

  constructor(context: JobChecksContext) {
    this.#context = context;
  }

  add(job: Job): void {
    this.#last = this.#last.then(() => this.#check(job));
  }

  /** Never rejects. A job that has begun meanwhile is checked by beginning. */
  async #check(job: Job): Promise<void> {
    const { compiler, waits, failed } = this.#context;
    if (!waits(job)) return;
    try {
      await compiler.check(job.plan);
    } catch (error) {
      if (waits(job)) await failed(job, error);
    } finally {
      if (waits(job)) job.forgetPlan();
    }
  }
}
