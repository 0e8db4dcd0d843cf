/** Sends each version of the parameters to a job's workers in chunks, and again to those that ask. */
import { CHUNK_ELEMENTS, chunkCount, chunkRange, floatBytes, subjects, type Frame } from '@lockstep/proto';
import { publishFrame, type Transport } from '@lockstep/transport';

/** Chunks that may be under way to the slowest worker: 16 MiB. */
const WINDOW_CHUNKS = (16 * 2 ** 20) / (CHUNK_ELEMENTS * Float32Array.BYTES_PER_ELEMENT);
/** A worker that acknowledges nothing for this long no longer holds the others up. It can ask again. */
const PATIENCE_MILLISECONDS = 2000;

export class ParameterBroadcast {
  readonly #transport: Transport;
  readonly #job: string;
  readonly #term: number;
  /** Chunks of the current version that each ready worker has acknowledged. */
  readonly #acknowledged = new Map<string, number>();
  #step = -1;
  #values: Float32Array = new Float32Array(0);
  #sent = 0;
  #patience: NodeJS.Timeout | undefined;

  constructor(transport: Transport, job: string, term: number) {
    this.#transport = transport;
    this.#job = job;
    this.#term = term;
  }

  /** Makes `values` the parameters after `step` updates and sends them to everyone. */
  publish(step: number, values: Float32Array): void {
    this.#step = step;
    // Copied into memory that stays: a vector that lives as long as a step would be collected with the old ones.
    if (this.#values.length !== values.length) this.#values = new Float32Array(values.length);
    this.#values.set(values);
    this.#sent = 0;
    for (const worker of this.#acknowledged.keys()) this.#acknowledged.set(worker, 0);
    this.#advance();
  }

  /** A worker is ready: it gets the current parameters. */
  join(worker: string): void {
    this.#acknowledged.set(worker, Number.POSITIVE_INFINITY);
    this.resend(worker, this.#step);
  }

  leave(worker: string): void {
    this.#acknowledged.delete(worker);
    this.#advance();
  }

  received(worker: string, step: number, chunks: number): void {
    if (step !== this.#step || !this.#acknowledged.has(worker)) return;
    this.#acknowledged.set(worker, Math.max(chunks, this.#acknowledged.get(worker) ?? 0));
    this.#advance();
  }

  /** Sends the current parameters to one worker, if they are those of `step`. */
  resend(worker: string, step: number): void {
    if (step !== this.#step || this.#step < 0) return;
    const chunks = chunkCount(this.#values.length);
    for (let chunk = 0; chunk < chunks; chunk++) this.#send(subjects.bulk(worker), chunk, chunks);
  }

  close(): void {
    this.#acknowledged.clear();
    this.#values = new Float32Array(0);
    this.#step = -1;
    clearTimeout(this.#patience);
  }

  #advance(): void {
    clearTimeout(this.#patience);
    const chunks = chunkCount(this.#values.length);
    while (this.#sent < chunks && this.#sent < this.#slowest() + WINDOW_CHUNKS) {
      this.#send(subjects.jobParameters(this.#job), this.#sent, chunks);
      this.#sent += 1;
    }
    if (this.#sent < chunks)
      this.#patience = setTimeout(() => {
        this.#stopWaiting();
      }, PATIENCE_MILLISECONDS);
  }

  #slowest(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#acknowledged.values());
  }

  #stopWaiting(): void {
    const slowest = this.#slowest();
    for (const [worker, chunks] of this.#acknowledged) {
      if (chunks === slowest) this.#acknowledged.set(worker, Number.POSITIVE_INFINITY);
    }
    this.#advance();
  }

  #send(subject: string, chunk: number, chunks: number): void {
    const { first, end } = chunkRange(this.#values.length, chunk);
    const frame: Frame = {
      type: 'parameters',
      job: this.#job,
      term: this.#term,
      step: this.#step,
      chunk,
      chunks,
      values: floatBytes(this.#values, first, end),
    };
    publishFrame(this.#transport.bulk, subject, frame);
  }
}
