/**
 * The graphs of jobs, where workers fetch them. A job's lie under names of its own: whoever has committed the job's end
 * deletes them, and no other job, nor another coordinator's, can need them.
 */
import { BUCKETS, graphObject, untilReachable, type Transport } from '@lockstep/transport';
import type { CompiledGraphs } from '../compile/compile-thread.js';
import { JobObjects } from '../jobs/job-objects.js';

export class GraphStore {
  readonly #objects: JobObjects;

  private constructor(objects: JobObjects) {
    this.#objects = objects;
  }

  static async open(transport: Transport): Promise<GraphStore> {
    return new GraphStore(new JobObjects(await transport.objectStore(BUCKETS.graphs)));
  }

  async put(job: string, graphs: CompiledGraphs['graphs']): Promise<void> {
    for (const { sha256, bytes } of graphs) {
      await untilReachable(() => this.#objects.putOnce(graphObject(job, sha256), bytes));
    }
  }

  /** Deletes those of a job that nobody will run any more. */
  async sweep(job: string): Promise<void> {
    await this.#objects.sweep(job);
  }

  /**
   * Deletes those of all jobs that are over, and those from before graphs lay under their job's name.
   * @param isOver whether nobody will run a job any more; of jobs that are not known it should be false
   */
  async clearUp(isOver: (job: string) => boolean): Promise<void> {
    const jobs = await untilReachable(() => this.#objects.jobs());
    for (const job of jobs) if (job === '' || isOver(job)) await this.sweep(job);
  }
}
