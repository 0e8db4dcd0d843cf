/** What is counted over all jobs: their ends, steps, samples and parts. */
import { ERROR_CODES, type ErrorCode, type JobStatus } from '@lockstep/core';
import { Counter, Histogram, type Registry } from 'prom-client';
import { STEP_PHASES, type DropReason, type StepPhase, type TrainingObserver } from '../training/training-observer.js';

/** Made once: a step must not leave objects behind. */
const PHASE_LABELS = Object.fromEntries(STEP_PHASES.map((phase) => [phase, { phase }])) as Record<
  StepPhase,
  { readonly phase: StepPhase }
>;
/** All of them, so that each starts at zero. */
const DROP_REASONS = {
  ...{ 'stale-term': true, 'stale-round': true, 'future-round': true, 'unknown-worker': true, outside: true },
  ...{ covered: true, malformed: true, version: true, oversized: true, field: true, checksum: true },
  ...{ 'wrong-size': true, 'stale-job': true, 'foreign-worker': true, 'revoked-worker': true },
} satisfies Record<DropReason, true>;
/** What jobs mostly fail with, once they have begun. Others have a series from their first time. */
const FAILURE_CODES: readonly ErrorCode[] = [
  ...(['LOSS_NOT_FINITE', 'WORKER_FAILED', 'NATIVE_FAILED', 'MODEL_NOT_RECORDABLE', 'INVALID_DATASET'] as const),
  ...(['STORAGE_FULL', 'NOT_FOUND', 'HASH_MISMATCH', 'UNREACHABLE', 'TIMEOUT', 'INTERNAL'] as const),
];
/** Of workers that are gone; as for jobs. */
const KEPT_MILLISECONDS = 10 * 60_000;
/** Of these; the newest stay. */
const KEPT_GONE = 100;

interface ClusterSources {
  /** That are in the cluster. */
  readonly workers: () => readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const RESULTS = ['succeeded', 'failed', 'cancelled'];

export class TrainingCounters implements TrainingObserver {
  readonly #finished: Counter<'result'>;
  readonly #failures: Counter<'code'>;
  readonly #steps: Counter<'outcome'>;
  readonly #seconds: Histogram;
  readonly #phases: Histogram<'phase'>;
  readonly #samples: Counter<'worker'>;
  readonly #reissued: Counter<'reason'>;
  readonly #rejected: Counter<'reason'>;
  readonly #checkpoints: Histogram<'op'>;
  readonly #checkpointFailures: Counter;
  /** Those with a series, and since when they are not in the cluster any more, as far as that was seen. */
  readonly #workers = new Map<string, number | undefined>();
  #cluster: ClusterSources = { workers: () => [], now: () => 0 };

  constructor(registry: Registry) {
    const registers = [registry];
    const finished = { name: 'lockstep_jobs_finished_total', help: 'Jobs that ended, by result' };
    this.#finished = new Counter({ registers, ...finished, labelNames: ['result'] });
    for (const result of RESULTS) this.#finished.inc({ result }, 0);
    const failures = { name: 'lockstep_job_failures_total', help: 'Jobs that failed, by the code of their error' };
    this.#failures = new Counter({ registers, ...failures, labelNames: ['code'] });
    // An alert looks at the increase, which a first 1 is not.
    for (const code of FAILURE_CODES) this.#failures.inc({ code }, 0);
    const steps = { name: 'lockstep_steps_total', help: 'Training steps by outcome' };
    this.#steps = new Counter({ registers, ...steps, labelNames: ['outcome'] });
    for (const outcome of ['committed', 'abandoned', 'not_finite']) this.#steps.inc({ outcome }, 0);
    this.#seconds = new Histogram({
      ...{ registers, name: 'lockstep_step_duration_seconds', help: 'From handing a minibatch out to having its sum' },
      buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    });
    this.#phases = phaseHistogram(registry);
    const forget = (): void => {
      this.#forget();
    };
    this.#samples = new Counter({
      ...{ registers, name: 'lockstep_samples_processed_total', help: 'Training samples in parts that were taken' },
      labelNames: ['worker'],
      collect: forget,
    });
    const reissued = { name: 'lockstep_slices_reissued_total', help: 'Slices that were given out again' };
    this.#reissued = new Counter({ registers, ...reissued, labelNames: ['reason'] });
    for (const reason of ['lost', 'late']) this.#reissued.inc({ reason }, 0);
    const unwritten = { name: 'lockstep_checkpoint_failures_total', help: 'Checkpoints that could not be written' };
    this.#checkpointFailures = new Counter({ registers, ...unwritten });
    this.#checkpoints = checkpointHistogram(registry);
    const rejected = { name: 'lockstep_gradient_parts_rejected_total', help: 'Frames and parts that were dropped' };
    this.#rejected = new Counter({ registers, ...rejected, labelNames: ['reason'] });
    for (const reason of Object.keys(DROP_REASONS)) this.#rejected.inc({ reason }, 0);
  }

  /** Adds who is in the cluster: series of others are kept for a while, until their last values are scraped. */
  watch(cluster: ClusterSources): void {
    this.#cluster = cluster;
  }

  jobEnded({ state, failure }: Pick<JobStatus, 'state' | 'failure'>): void {
    this.#finished.inc({ result: state.toLowerCase() });
    if (state === 'FAILED' && failure !== null) this.#failures.inc({ code: knownCode(failure.code) });
  }

  stepDone(seconds: number): void {
    this.#steps.inc({ outcome: 'committed' });
    this.#seconds.observe(seconds);
  }

  stepPhase(phase: StepPhase, seconds: number): void {
    this.#phases.observe(PHASE_LABELS[phase], seconds);
  }

  stepNotDone(outcome: 'abandoned' | 'not_finite'): void {
    this.#steps.inc({ outcome });
  }

  processed(worker: string, samples: number): void {
    if (!this.#workers.has(worker)) this.#workers.set(worker, undefined);
    this.#samples.inc({ worker }, samples);
  }

  reissued(slices: number, reason: 'lost' | 'late'): void {
    this.#reissued.inc({ reason }, slices);
  }

  checkpointWritten(seconds: number): void {
    this.#checkpoints.observe({ op: 'write' }, seconds);
  }

  checkpointRestored(seconds: number): void {
    this.#checkpoints.observe({ op: 'restore' }, seconds);
  }

  checkpointFailed(): void {
    this.#checkpointFailures.inc();
  }

  rejected(reason: DropReason): void {
    this.#rejected.inc({ reason });
  }

  #forget(): void {
    const now = this.#cluster.now();
    const here = new Set(this.#cluster.workers());
    for (const worker of here) this.#samples.inc({ worker }, 0);
    for (const worker of here) this.#workers.set(worker, undefined);
    for (const [worker, gone] of this.#workers) if (!here.has(worker)) this.#workers.set(worker, gone ?? now);
    const gone = [...this.#workers].filter((entry): entry is [string, number] => entry[1] !== undefined);
    gone.sort(([, a], [, b]) => b - a);
    gone.forEach(([worker, since], index) => {
      if (index < KEPT_GONE && now - since < KEPT_MILLISECONDS) return;
      this.#workers.delete(worker);
      this.#samples.remove({ worker });
    });
  }
}

/** A worker's error may have any code: labels have only those that there are. */
function knownCode(code: string): string {
  return Object.hasOwn(ERROR_CODES, code) ? code : 'INTERNAL';
}

function phaseHistogram(registry: Registry): Histogram<'phase'> {
  const phases = new Histogram({
    ...{
      registers: [registry],
      name: 'lockstep_step_phase_duration_seconds',
      help: 'What the time of a step goes into',
    },
    labelNames: ['phase'],
    buckets: [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
  });
  for (const phase of STEP_PHASES) phases.zero({ phase });
  return phases;
}

function checkpointHistogram(registry: Registry): Histogram<'op'> {
  const checkpoints = new Histogram({
    ...{ registers: [registry], name: 'lockstep_checkpoint_duration_seconds', help: 'From a snapshot to its commit' },
    labelNames: ['op'],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
  });
  for (const op of ['write', 'restore']) checkpoints.zero({ op });
  return checkpoints;
}
