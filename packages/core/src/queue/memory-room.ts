/** The workers' memory, shared out between the jobs that run on them side by side. Estimates, made before anything is allocated. */

/** A worker as far as jobs share it. */
export interface WorkerRoom {
  readonly worker: string;
  readonly threads: number;
  /** What all its jobs together may take; 0 when it has not said. */
  readonly memoryBytes: number;
}

/** What a job takes of a worker's memory. */
export interface MemoryNeed {
  /** Estimated need of one thread; see `estimateMemory`. */
  readonly threadBytes: number;
}

/** What a job costs a thread besides its tensors: loaded graphs, TensorFlow's session and its buffers. */
const SESSION_BYTES = 48 * 2 ** 20;

/** What the job takes of a worker: every thread keeps its graphs. */
export function bytesOnWorker({ threadBytes }: MemoryNeed, { threads }: WorkerRoom): number {
  return threads * (threadBytes + SESSION_BYTES);
}

/** Whether the job has room on the worker when it is alone there. */
export function fitsAlone(job: MemoryNeed, worker: WorkerRoom): boolean {
  return worker.memoryBytes === 0 || bytesOnWorker(job, worker) <= worker.memoryBytes;
}

export class MemoryRoom {
  readonly #workers: readonly WorkerRoom[];
  readonly #taken = new Map<string, number>();

  constructor(workers: readonly WorkerRoom[]) {
    this.#workers = workers;
  }

  /** The job holds these workers, or is about to. */
  take(job: MemoryNeed, workers: readonly string[]): void {
    for (const room of this.#workers) {
      if (!workers.includes(room.worker)) continue;
      this.#taken.set(room.worker, this.#takenOf(room) + bytesOnWorker(job, room));
    }
  }

  /** The workers on which there is room for the job beside those that are there. */
  fitting(job: MemoryNeed): string[] {
    const fits = (room: WorkerRoom): boolean =>
      room.memoryBytes === 0 || this.#takenOf(room) + bytesOnWorker(job, room) <= room.memoryBytes;
    return this.#workers.filter(fits).map(({ worker }) => worker);
  }

  #takenOf({ worker }: WorkerRoom): number {
    return this.#taken.get(worker) ?? 0;
  }
}
