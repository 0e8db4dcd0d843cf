/** What Prometheus hears of each job: while it runs, and for some minutes after its end. */
import { isFinal, JOB_STATES, type JobStatus, type SplitMetrics } from '@lockstep/core';
import { Gauge, type Registry } from 'prom-client';

/** So that the last values are scraped, and the series of old jobs do not pile up. */
const KEPT_MILLISECONDS = 10 * 60_000;
/** Of jobs that have ended; the newest stay. */
const KEPT_ENDED = 100;
/** Of jobs that have not begun, the first in the queue's order of submission. */
const SHOWN_WAITING = 100;

interface JobSources {
  /** In the order of their submission. */
  readonly jobs: () => readonly JobStatus[];
  readonly minWorkers: (jobId: string) => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function addJobGauges(registry: Registry, { jobs, minWorkers, now }: JobSources): void {
  new Gauge({
    ...{ registers: [registry], name: 'lockstep_jobs', help: 'Jobs by state', labelNames: ['state'] },
    collect() {
      const counts = new Map(JOB_STATES.map((state) => [state, 0]));
      for (const { state } of jobs()) counts.set(state, (counts.get(state) ?? 0) + 1);
      for (const [state, count] of counts) this.set({ state }, count);
    },
  });
  const lastSteps = new LastSteps();
  const shown = (): readonly JobStatus[] => shownJobs(jobs(), now());
  for (const { name, help, read } of GAUGES) {
    new Gauge({
      ...{ registers: [registry], name, help, labelNames: ['job_id'] },
      collect() {
        this.reset();
        for (const job of shown()) setIfKnown(this, { job_id: job.id }, read(job));
      },
    });
  }
  new Gauge({
    ...{ registers: [registry], name: 'lockstep_job_last_step_timestamp_seconds', labelNames: ['job_id'] },
    help: 'When the job was first seen at the step that it is at, or to go on from it',
    collect() {
      this.reset();
      for (const [id, at] of lastSteps.update(shown(), now())) this.set({ job_id: id }, at / 1000);
    },
  });
  new Gauge({
    ...{ registers: [registry], name: 'lockstep_job_wanted_workers', labelNames: ['job_id'] },
    help: 'Workers without which the job waits',
    collect() {
      this.reset();
      for (const { id } of wantingJobs(jobs())) this.set({ job_id: id }, minWorkers(id));
    },
  });
  addSplitGauge(registry, 'lockstep_job_loss', 'Mean loss a sample; train: of the epoch so far', shown, lossOf);
  addSplitGauge(registry, 'lockstep_job_accuracy_ratio', 'Share of right answers, by split', shown, accuracyOf);
}

const GAUGES: readonly { name: string; help: string; read: (job: JobStatus) => number | null }[] = [
  {
    name: 'lockstep_job_progress_ratio',
    help: 'Share of the steps that are done',
    read: ({ progress: { step, steps } }) => (steps === 0 ? null : step / steps),
  },
  {
    name: 'lockstep_job_running',
    help: '1 while steps are to be made: STARTING or RUNNING; else 0',
    read: (job) => Number(isToMakeSteps(job)),
  },
  {
    name: 'lockstep_job_workers',
    help: 'Workers that hold the job',
    read: ({ state, workers }) => (isFinal(state) ? 0 : workers),
  },
  { name: 'lockstep_job_step', help: 'Steps that are done', read: ({ progress }) => progress.step },
  {
    name: 'lockstep_job_samples_per_second',
    help: 'Training samples a second; on average after the end',
    read: ({ state, progress, samplesPerSecond }) => {
      if (isFinal(state)) return samplesPerSecond || progress.samplesPerSecond;
      return state === 'RUNNING' ? progress.samplesPerSecond : 0;
    },
  },
  {
    name: 'lockstep_job_eta_seconds',
    help: 'Estimated time to the end of a job that runs',
    read: ({ state, progress }) => (state === 'RUNNING' ? progress.etaSeconds : null),
  },
  {
    name: 'lockstep_job_gradient_norm',
    help: 'Euclidean norm of the averaged gradient of the last step',
    read: ({ progress }) => progress.gradientNorm,
  },
  {
    name: 'lockstep_checkpoint_last_success_timestamp_seconds',
    help: 'When the newest checkpoint was committed',
    read: ({ checkpoint }) => (checkpoint === null ? null : Date.parse(checkpoint.at) / 1000),
  },
];

type Split = 'train' | 'validation' | 'test';
const SPLITS: readonly Split[] = ['train', 'validation', 'test'];

function addSplitGauge(
  registry: Registry,
  name: string,
  help: string,
  shown: () => readonly JobStatus[],
  read: (job: JobStatus, split: Split) => number | null | undefined,
): void {
  new Gauge({
    ...{ registers: [registry], name, help, labelNames: ['job_id', 'split'] },
    collect() {
      this.reset();
      for (const job of shown()) {
        for (const split of SPLITS) setIfKnown(this, { job_id: job.id, split }, read(job, split));
      }
    },
  });
}

function lossOf(job: JobStatus, split: Split): number | null | undefined {
  return newest(job, split)?.loss ?? (split === 'train' ? job.progress.loss : undefined);
}

function accuracyOf(job: JobStatus, split: Split): number | null | undefined {
  return newest(job, split)?.accuracy ?? (split === 'train' ? job.progress.accuracy : undefined);
}

/** Over the whole split at the job's end; before, the validation of the last epoch. */
function newest(job: JobStatus, split: Split): SplitMetrics | null | undefined {
  return job[split] ?? (split === 'validation' ? job.history.at(-1)?.validation : undefined);
}

function setIfKnown<T extends string>(
  gauge: Gauge<T>,
  labels: Partial<Record<T, string>>,
  value: number | null | undefined,
): void {
  if (value !== null && value !== undefined) gauge.set(labels, value);
}

function shownJobs(jobs: readonly JobStatus[], now: number): readonly JobStatus[] {
  const begun = jobs.filter(({ startedAt }) => startedAt !== null);
  const ended = begun.filter(
    ({ state, finishedAt }) => isFinal(state) && now - Date.parse(finishedAt ?? '') < KEPT_MILLISECONDS,
  );
  return [...begun.filter(({ state }) => !isFinal(state)), ...ended.slice(-KEPT_ENDED)];
}

function wantingJobs(jobs: readonly JobStatus[]): readonly JobStatus[] {
  const wanting = jobs.filter(({ state }) => state === 'QUEUED' || state === 'STARTING' || state === 'RUNNING');
  const waiting = wanting.filter(({ startedAt }) => startedAt === null);
  return [...wanting.filter(({ startedAt }) => startedAt !== null), ...waiting.slice(0, SHOWN_WAITING)];
}

function isToMakeSteps({ state }: JobStatus): boolean {
  return state === 'STARTING' || state === 'RUNNING';
}

interface Sight {
  readonly step: number;
  readonly runs: boolean;
  readonly at: number;
}

/** A job that goes on after a pause has made no step for long, and nothing is wrong with it. */
class LastSteps {
  #seen = new Map<string, Sight>();

  update(jobs: readonly JobStatus[], now: number): ReadonlyMap<string, number> {
    const before = this.#seen;
    this.#seen = new Map(
      jobs.map((job) => {
        const known = before.get(job.id);
        const runs = isToMakeSteps(job);
        const { step } = job.progress;
        const stands = known?.step === step && (known.runs || !runs);
        return [job.id, { step, runs, at: stands ? known.at : now }];
      }),
    );
    return new Map([...this.#seen].map(([id, { at }]) => [id, at]));
  }
}
