/** What a job has in the object stores and in the coordinator's folder while it runs, and what stays of it afterwards. */
import { isFinal } from '@lockstep/core';
import type { Transport } from '@lockstep/transport';
import type { Logger } from 'pino';
import { CheckpointStore } from '../checkpoints/checkpoint-store.js';
import { GraphStore } from '../training/graph-store.js';
import type { Job } from './job.js';

export class JobFiles {
  readonly checkpoints: CheckpointStore;
  readonly graphs: GraphStore;
  readonly #log: Logger;

  private constructor(checkpoints: CheckpointStore, graphs: GraphStore, log: Logger) {
    this.checkpoints = checkpoints;
    this.graphs = graphs;
    this.#log = log;
  }

  /** @param dataDir the coordinator's folder */
  static async open(transport: Transport, dataDir: string, log: Logger): Promise<JobFiles> {
    const [checkpoints, graphs] = await Promise.all([
      CheckpointStore.open(transport, dataDir),
      GraphStore.open(transport),
    ]);
    return new JobFiles(checkpoints, graphs, log);
  }

  /** A job whose end is committed keeps its newest checkpoint, from which another can go on. Never rejects. */
  async sweep(job: Job): Promise<void> {
    try {
      await this.checkpoints.sweep(job.id, objectsOf(job));
      await this.graphs.sweep(job.id);
    } catch (error) {
      const message = 'old checkpoints and graphs could not be deleted; they go when a coordinator starts';
      this.#log.warn({ error, job: job.id }, message);
    }
  }

  /** Deletes all of a job. */
  async delete(job: string): Promise<void> {
    await this.graphs.sweep(job);
    await this.checkpoints.sweep(job);
  }

  /**
   * Sweeps all jobs that are over: a coordinator may end between a job's end and its sweep. Never rejects.
   * @param find a job that is known
   */
  async clearUp(find: (job: string) => Job | undefined): Promise<void> {
    const keptOf = (id: string): readonly string[] | undefined => {
      const job = find(id);
      // By its record: an end that is not committed may be another coordinator's to decide.
      return job !== undefined && isFinal(job.record.status.state) ? objectsOf(job) : undefined;
    };
    try {
      await this.graphs.clearUp((job) => keptOf(job) !== undefined);
      await this.checkpoints.clearUp(keptOf);
    } catch (error) {
      this.#log.warn({ error }, 'checkpoints and graphs of jobs that are over could not be deleted');
    }
  }
}

function objectsOf(job: Job): readonly string[] {
  return job.checkpoints.map(({ object }) => object);
}
