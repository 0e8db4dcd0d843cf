/**
 * What a worker's threads do. A thread's numbers come with the answers that it gives anyway: asking for them would be a
 * message more in each step.
 */
import type { SliceGraphShape, TensorCount } from '@lockstep/engine';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { DEATH_REASONS, type DeathReason, type PoolObserver } from '../compute-pool.js';
import type { ThreadAnswer } from '../thread-messages.js';

/** Seconds, by twos: a worker that is half as fast as the others is to be seen. */
const SLICE_BUCKETS = Array.from({ length: 16 }, (_, index) => 2 ** (index - 12));

export class ThreadMetrics implements PoolObserver {
  readonly #labels: { readonly worker: string };
  readonly #slices: Histogram<'worker'>;
  readonly #restarts: Counter<'reason'>;
  /** By Node's number of the thread. */
  readonly #native = new Map<number, TensorCount>();
  #busyMicroseconds = 0;
  #liveThreads: () => readonly number[] = () => [];

  constructor(registry: Registry, worker: string) {
    const registers = [registry];
    this.#labels = { worker };
    this.#slices = new Histogram({
      ...{ registers, name: 'lockstep_slice_duration_seconds', labelNames: ['worker'], buckets: SLICE_BUCKETS },
      help: 'Native time of a slice for training, one observation a native call',
    });
    this.#slices.zero(this.#labels);
    const restarts = { name: 'lockstep_thread_restarts_total', help: 'Threads that died and were replaced' };
    this.#restarts = new Counter({ registers, ...restarts, labelNames: ['reason'] });
    for (const reason of DEATH_REASONS) this.#restarts.inc({ reason }, 0);
    this.#addGauges(registry);
  }

  /** @param liveThreads Node's numbers of the threads that there are */
  watch(liveThreads: () => readonly number[]): void {
    this.#liveThreads = liveThreads;
  }

  computed(
    { kind, copies }: SliceGraphShape,
    { microseconds, thread, native }: Extract<ThreadAnswer, { type: 'computed' }>,
  ): void {
    this.#busyMicroseconds += microseconds;
    this.#native.set(thread, native);
    // Slices for evaluation have no gradient: among the others they would make a slow worker look fast.
    if (kind === 'train') this.#slices.observe(this.#labels, microseconds / copies / 1e6);
  }

  threadDied(reason: DeathReason): void {
    this.#restarts.inc({ reason });
  }

  #addGauges(registry: Registry): void {
    const registers = [registry];
    const labels = this.#labels;
    const busy = (): number => this.#busyMicroseconds / 1e6;
    new Counter({
      ...{ registers, name: 'lockstep_thread_busy_seconds_total', labelNames: ['worker'] },
      help: 'Time that threads have spent in native calls, summed over them',
      collect() {
        this.reset();
        this.inc(labels, busy());
      },
    });
    const gauges: readonly (readonly [name: string, help: string, read: () => number])[] = [
      ['lockstep_threads', 'Threads that compute', () => this.#liveThreads().length],
      ['lockstep_tensors', 'Native tensors at the end of the last native call', () => this.#sum('tensors')],
      ['lockstep_tensor_memory_bytes', 'What these tensors hold', () => this.#sum('bytes')],
    ];
    for (const [name, help, read] of gauges) {
      new Gauge({
        ...{ registers, name, help, labelNames: ['worker'] },
        collect() {
          this.set(labels, read());
        },
      });
    }
  }

  /** Over the threads that there are; the tensors of one that died went with it. */
  #sum(what: keyof TensorCount): number {
    const live = new Set(this.#liveThreads());
    for (const thread of this.#native.keys()) if (!live.has(thread)) this.#native.delete(thread);
    return [...this.#native.values()].reduce((sum, native) => sum + native[what], 0);
  }
}
