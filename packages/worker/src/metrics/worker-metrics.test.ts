import { beforeEach, describe, expect, it } from 'vitest';
import { WorkerMetrics } from './worker-metrics.js';

let metrics: WorkerMetrics;
beforeEach(() => {
  metrics = new WorkerMetrics('w1');
  metrics.threads.watch(() => [1, 2]);
  metrics.watchCache({ bytes: 300, diskBytes: Promise.resolve(700), served: { memory: 5, disk: 2, store: 1 } });
});

/** Values by name and labels. */
async function scrape(): Promise<Map<string, number>> {
  const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('lockstep_'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

const shape = { kind: 'train', samples: 8, copies: 4 } as const;
const answer = (thread: number, tensors: number, bytes: number) => ({
  ...({ type: 'computed', counts: new Int32Array(1), microseconds: 8000, thread } as const),
  native: { tensors, bytes },
});

describe("the worker's metrics", () => {
  it('start at zero', async () => {
    const values = await scrape();
    for (const reason of ['out_of_memory', 'exit', 'error']) {
      expect(values.get(`lockstep_thread_restarts_total{reason="${reason}"}`)).toBe(0);
    }
    expect(values.get('lockstep_thread_busy_seconds_total{worker="w1"}')).toBe(0);
    expect(values.get('lockstep_slice_duration_seconds_count{worker="w1"}')).toBe(0);
    expect(values.get('lockstep_tensors{worker="w1"}')).toBe(0);
  });

  it('add up what the threads say of themselves, and take slices for training only for slices', async () => {
    metrics.threads.computed(shape, answer(1, 7, 1000));
    metrics.threads.computed(shape, answer(1, 6, 900));
    metrics.threads.computed({ ...shape, kind: 'evaluate' }, answer(2, 5, 100));
    const values = await scrape();
    expect(values.get('lockstep_threads{worker="w1"}')).toBe(2);
    expect(values.get('lockstep_thread_busy_seconds_total{worker="w1"}')).toBe(0.024);
    expect(values.get('lockstep_tensors{worker="w1"}')).toBe(11);
    expect(values.get('lockstep_tensor_memory_bytes{worker="w1"}')).toBe(1000);
    expect(values.get('lockstep_slice_duration_seconds_count{worker="w1"}')).toBe(2);
    expect(values.get('lockstep_slice_duration_seconds_sum{worker="w1"}')).toBe(0.004);
    expect((await scrape()).get('lockstep_thread_busy_seconds_total{worker="w1"}')).toBe(0.024);
  });

  it('forget the tensors of a thread that died, and count why', async () => {
    metrics.threads.computed(shape, answer(1, 7, 1000));
    metrics.threads.computed(shape, answer(2, 7, 1000));
    metrics.threads.threadDied('out_of_memory');
    metrics.threads.watch(() => [2, 3]);
    const values = await scrape();
    expect(values.get('lockstep_tensors{worker="w1"}')).toBe(7);
    expect(values.get('lockstep_thread_restarts_total{reason="out_of_memory"}')).toBe(1);
  });

  it('say what is kept near of the shards, and how often rows were found there', async () => {
    const values = await scrape();
    expect(values.get('lockstep_shard_cache_bytes{worker="w1",tier="memory"}')).toBe(300);
    expect(values.get('lockstep_shard_cache_bytes{worker="w1",tier="disk"}')).toBe(700);
    expect(values.get('lockstep_shard_cache_requests_total{result="disk"}')).toBe(2);
    expect((await scrape()).get('lockstep_shard_cache_requests_total{result="memory"}')).toBe(5);
  });
});
