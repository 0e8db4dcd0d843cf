/**
 * The graphs of jobs, where workers fetch them. A job's lie under names of its own: whoever has committed the job's end
 * deletes them, and no other job, nor another coordinator's, can need them.
 */
import { BUCKETS, graphObject, untilReachable, type ObjectStore, type Transport } from '@lockstep/transport';
import type { CompiledGraphs } from '../compile/compile-thread.js';

export class GraphStore {
  readonly #objects: ObjectStore;

  private constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  static async open(transport: Transport): Promise<GraphStore> {
    return new GraphStore(await transport.objectStore(BUCKETS.graphs));
  }

  async put(job: string, graphs: CompiledGraphs['graphs']): Promise<void> {
    for (const { sha256, bytes } of graphs) {
      const name = graphObject(job, sha256);
      await untilReachable(async () => {
        if (!(await this.#objects.has(name))) await this.#objects.put(name, bytes);
      });
    }
  }

  /** Deletes those of a job that nobody will run any more. */
  async sweep(job: string): Promise<void> {
    await this.#delete((name) => name.startsWith(graphObject(job, '')));
  }

  /**
   * Deletes those of all jobs that are over, and those from before graphs lay under their job's name.
   * @param isOver whether nobody will run a job any more; of jobs that are not known it should be false
   */
  async clearUp(isOver: (job: string) => boolean): Promise<void> {
    await this.#delete((name) => {
      const [job = '', sha256] = name.split('.');
      return sha256 === undefined || isOver(job);
    });
  }

  async #delete(isOld: (name: string) => boolean): Promise<void> {
    for (const name of await this.#objects.list()) if (isOld(name)) await this.#objects.delete(name);
  }
}
