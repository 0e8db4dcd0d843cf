import type { JobStatus, WorkerStatus } from '@lockstep/core';
import type { StorageUsage } from '@lockstep/transport';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CoordinatorMetrics } from './coordinator-metrics.js';

const MINUTE = 60_000;
const begun = { startedAt: new Date(0).toISOString(), finishedAt: null, history: [], checkpoint: null } as const;
const progress = { step: 5, steps: 10, loss: 0.5, accuracy: 0.9, gradientNorm: 2, samplesPerSecond: 7 };
const job = (id: string, more: object = {}): JobStatus =>
  ({
    ...{ ...begun, id, state: 'RUNNING', progress, samplesPerSecond: 0, train: null, validation: null, test: null },
    ...more,
  }) as unknown as JobStatus;

let jobs: JobStatus[];
let now: number;
let silences: Map<string, number>;
let metrics: CoordinatorMetrics;
/** How often it was asked for. */
let asked: number;
let jetstream: () => Promise<StorageUsage>;
beforeEach(() => {
  jobs = [];
  now = 0;
  silences = new Map();
  metrics = new CoordinatorMetrics();
  const workers = () => [...silences.keys()].map((id) => ({ id, state: 'IDLE' }) as WorkerStatus);
  asked = 0;
  jetstream = () => Promise.resolve({ usedBytes: 30, limitBytes: 90 });
  metrics.watch({
    ...{ jobs: () => jobs, minWorkers: () => 3, workers, silences: () => silences, now: () => now },
    disk: () => Promise.resolve({ freeBytes: 600, sizeBytes: 1000, asked: (asked += 1) }),
    jetstream: () => jetstream(),
  });
});

/** Values by name and labels, of our own metrics. */
async function scrape(): Promise<Map<string, number>> {
  const text = await metrics.registry.metrics();
  const lines = text.split('\n').filter((line) => line.startsWith('lockstep_'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

describe("the coordinator's metrics", () => {
  it('show every state, also before there is anything', async () => {
    const values = await scrape();
    expect(values.get('lockstep_jobs{state="RUNNING"}')).toBe(0);
    expect(values.get('lockstep_jobs_finished_total{result="failed"}')).toBe(0);
    expect(values.get('lockstep_workers{state="IDLE"}')).toBe(0);
  });

  it('show a job while it runs and for ten minutes after its end', async () => {
    jobs = [job('j-1'), job('j-2', { state: 'QUEUED', startedAt: null })];
    const running = await scrape();
    expect(running.get('lockstep_job_progress_ratio{job_id="j-1"}')).toBe(0.5);
    expect(running.get('lockstep_job_loss{job_id="j-1",split="train"}')).toBe(0.5);
    expect(running.get('lockstep_jobs{state="QUEUED"}')).toBe(1);
    expect(running.get('lockstep_job_running{job_id="j-1"}')).toBe(1);
    expect([...running.keys()].filter((key) => key.includes('j-2'))).toEqual([
      'lockstep_job_wanted_workers{job_id="j-2"}',
    ]);
    jobs = [job('j-1', { state: 'SUCCEEDED', finishedAt: new Date(0).toISOString(), test: { loss: 0.25 } })];
    now = 9 * MINUTE;
    expect((await scrape()).get('lockstep_job_loss{job_id="j-1",split="test"}')).toBe(0.25);
    now = 11 * MINUTE;
    expect([...(await scrape()).keys()].join()).not.toContain('j-1');
  });

  it('are bounded, however many jobs end', async () => {
    const ended = { state: 'FAILED', finishedAt: new Date(0).toISOString() };
    jobs = Array.from({ length: 2000 }, (_, index) => job(`j-${index}`, ended));
    const shown = [...(await scrape()).keys()].filter((key) => key.startsWith('lockstep_job_step{'));
    expect(shown).toHaveLength(100);
    expect(shown).toContain('lockstep_job_step{job_id="j-1999"}');
    expect([...(await scrape()).keys()].join()).not.toContain('lockstep_job_wanted_workers{');
    jobs = Array.from({ length: 2000 }, (_, index) => job(`j-${index}`, { state: 'QUEUED', startedAt: null }));
    const wanted = [...(await scrape())].filter(([key]) => key.startsWith('lockstep_job_wanted_workers{'));
    expect(wanted).toHaveLength(100);
    expect(wanted[0]).toEqual(['lockstep_job_wanted_workers{job_id="j-0"}', 3]);
  });

  it('count failures by their code, and no cancelled job among them', async () => {
    const key = 'lockstep_job_failures_total{code="LOSS_NOT_FINITE"}';
    expect((await scrape()).get(key)).toBe(0);
    metrics.training.jobEnded({ state: 'FAILED', failure: { code: 'LOSS_NOT_FINITE', message: '' } });
    metrics.training.jobEnded({ state: 'CANCELLED', failure: { code: 'CANCELLED', message: '' } });
    const values = await scrape();
    expect(values.get(key)).toBe(1);
    expect(values.get('lockstep_jobs_finished_total{result="cancelled"}')).toBe(1);
    expect(values.get('lockstep_job_failures_total{code="CANCELLED"}')).toBeUndefined();
  });

  it('say when a job was seen at its step', async () => {
    const key = 'lockstep_job_last_step_timestamp_seconds{job_id="j-1"}';
    jobs = [job('j-1')];
    now = 1000;
    expect((await scrape()).get(key)).toBe(1);
    now = 5000;
    expect((await scrape()).get(key)).toBe(1);
    jobs = [job('j-1', { progress: { ...progress, step: 6 } })];
    expect((await scrape()).get(key)).toBe(5);
  });

  it('say of a job that goes on after a pause that it is at its step since then', async () => {
    const key = 'lockstep_job_last_step_timestamp_seconds{job_id="j-1"}';
    const at = async (milliseconds: number, state: string): Promise<number | undefined> => {
      now = milliseconds;
      jobs = [job('j-1', { state })];
      return (await scrape()).get(key);
    };
    expect(await at(1000, 'RUNNING')).toBe(1);
    expect(await at(5000, 'PAUSED')).toBe(1);
    expect(await at(9000, 'STARTING')).toBe(9);
    expect(await at(12_000, 'RUNNING')).toBe(9);
  });

  it('say how fast a job is while it trains, how fast it was after its end, and else that it does not train', async () => {
    const speed = async (more: object): Promise<number | undefined> => {
      jobs = [job('j-1', more)];
      return (await scrape()).get('lockstep_job_samples_per_second{job_id="j-1"}');
    };
    expect(await speed({ state: 'RUNNING' })).toBe(7);
    for (const state of ['PAUSED', 'QUEUED', 'STARTING']) expect(await speed({ state })).toBe(0);
    const finishedAt = new Date(0).toISOString();
    expect(await speed({ state: 'SUCCEEDED', finishedAt, samplesPerSecond: 6 })).toBe(6);
    expect(await speed({ state: 'FAILED', finishedAt })).toBe(7);
  });

  it('count what workers do from nothing, and forget those that are gone ten minutes later', async () => {
    const key = 'lockstep_samples_processed_total{worker="w1"}';
    silences = new Map([['w1', 500]]);
    now = 2000;
    expect((await scrape()).get(key)).toBe(0);
    metrics.training.processed('w1', 64);
    metrics.training.processed('w1', 36);
    const values = await scrape();
    expect(values.get(key)).toBe(100);
    expect(values.get('lockstep_worker_heartbeat_timestamp_seconds{worker="w1"}')).toBe(1.5);
    silences.clear();
    now = MINUTE;
    const after = await scrape();
    expect([...after.keys()].filter((name) => name.includes('w1'))).toEqual([key]);
    now = 10 * MINUTE;
    silences.set('w1', 0);
    expect((await scrape()).get(key)).toBe(100);
    silences.clear();
    now = 12 * MINUTE;
    expect((await scrape()).get(key)).toBe(100);
    now = 22 * MINUTE;
    expect([...(await scrape()).keys()].join()).not.toContain('w1');
  });

  it('are bounded, however many workers come and go', async () => {
    for (let index = 0; index < 1000; index++) metrics.training.processed(`w${index}`, 1);
    const shown = [...(await scrape()).keys()].filter((key) => key.startsWith('lockstep_samples_processed_total'));
    expect(shown).toHaveLength(100);
  });

  it('count each worker that goes once, as drained if it said that it would', async () => {
    metrics.workerLost({ draining: true }, 'left');
    metrics.workerLost({ draining: true }, 'heartbeat');
    metrics.workerLost({ draining: false }, 'left');
    const losses = [...(await scrape())].filter(([key]) => key.startsWith('lockstep_worker_losses_total'));
    expect(losses.map(([key, count]) => [/"(.*)"/.exec(key)?.[1], count])).toEqual([
      ['heartbeat', 0],
      ['left', 1],
      ['drained', 2],
    ]);
  });

  it('count from nothing, whatever their labels can be, and bound what they cannot know', async () => {
    const before = await scrape();
    for (const outcome of ['committed', 'abandoned', 'not_finite']) {
      expect(before.get(`lockstep_steps_total{outcome="${outcome}"}`)).toBe(0);
    }
    for (const op of ['write', 'restore']) {
      expect(before.get(`lockstep_checkpoint_duration_seconds_count{op="${op}"}`)).toBe(0);
    }
    for (const reason of ['heartbeat', 'left', 'drained']) {
      expect(before.get(`lockstep_worker_losses_total{reason="${reason}"}`)).toBe(0);
    }
    for (const reason of ['covered', 'stale-term', 'checksum', 'wrong-size', 'revoked-worker']) {
      expect(before.get(`lockstep_gradient_parts_rejected_total{reason="${reason}"}`)).toBe(0);
    }
    metrics.training.stepNotDone('not_finite');
    metrics.training.jobEnded({ state: 'FAILED', failure: { code: 'made up by a worker', message: '' } });
    const after = await scrape();
    expect(after.get('lockstep_steps_total{outcome="not_finite"}')).toBe(1);
    expect(after.get('lockstep_job_failures_total{code="INTERNAL"}')).toBe(1);
  });

  it('say how long a job goes on while it runs', async () => {
    const key = 'lockstep_job_eta_seconds{job_id="j-1"}';
    jobs = [job('j-1', { progress: { ...progress, etaSeconds: 12 } })];
    expect((await scrape()).get(key)).toBe(12);
    jobs = [job('j-1', { state: 'PAUSED', progress: { ...progress, etaSeconds: 12 } })];
    expect((await scrape()).has(key)).toBe(false);
  });

  it('say how much room there is, ask once a scrape, and leave out what nobody tells', async () => {
    const values = await scrape();
    expect(values.get('lockstep_disk_free_bytes{volume="data"}')).toBe(600);
    expect(values.get('lockstep_disk_size_bytes{volume="data"}')).toBe(1000);
    expect(values.get('lockstep_jetstream_used_bytes')).toBe(30);
    expect(values.get('lockstep_jetstream_limit_bytes')).toBe(90);
    expect(asked).toBe(1);
    jetstream = () => Promise.resolve({ usedBytes: 40, limitBytes: undefined });
    const unlimited = await scrape();
    expect(unlimited.get('lockstep_jetstream_used_bytes')).toBe(40);
    expect(unlimited.has('lockstep_jetstream_limit_bytes')).toBe(false);
    jetstream = () => Promise.reject(new Error('NATS does not answer'));
    const silent = await scrape();
    expect(silent.has('lockstep_jetstream_used_bytes')).toBe(false);
    expect(silent.get('lockstep_disk_free_bytes{volume="data"}')).toBe(600);
  });

  it('come in time, also when a store says nothing at all', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      jetstream = () => new Promise(() => undefined);
      const scraped = scrape();
      await vi.advanceTimersByTimeAsync(2000);
      const values = await scraped;
      expect(values.has('lockstep_jetstream_used_bytes')).toBe(false);
      expect(values.get('lockstep_disk_size_bytes{volume="data"}')).toBe(1000);
    } finally {
      vi.useRealTimers();
    }
  });

  it('tell the phases of steps, and checkpoints that are written from those that are read', async () => {
    expect((await scrape()).get('lockstep_step_phase_duration_seconds_count{phase="apply"}')).toBe(0);
    metrics.training.stepPhase('apply', 0.002);
    metrics.training.checkpointRestored(0.5);
    const values = await scrape();
    expect(values.get('lockstep_step_phase_duration_seconds_count{phase="apply"}')).toBe(1);
    expect(values.get('lockstep_checkpoint_duration_seconds_sum{op="restore"}')).toBe(0.5);
  });

  it('name routes and not addresses, and methods that there are', async () => {
    metrics.requestDone('GET', '/api/v1/jobs/:id', 200, 0.002);
    metrics.requestDone('BREW', 'none', 404, 0.002);
    const values = await scrape();
    const count = 'lockstep_http_request_duration_seconds_count';
    expect(values.get(`${count}{method="GET",route="/api/v1/jobs/:id",status="200"}`)).toBe(1);
    expect(values.get(`${count}{method="other",route="none",status="404"}`)).toBe(1);
  });
});
