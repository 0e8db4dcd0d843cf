/** A job as the coordinator holds it: its record, its live status, and who follows it. */
import {
  isFinal,
  isLockstepError,
  type EpochMetrics,
  type JobEvent,
  type JobPlan,
  type JobProgress,
  type JobState,
  type JobStatus,
} from '@lockstep/core';
import { untilReachable } from '@lockstep/transport';
import { JobEvents, type NumberedEvent } from './job-events.js';
import { activityFrom, checkpointWarning, endOf, failureOf, noWorkers, startFrom } from './job-reasons.js';
import type { JobRunResult } from '../training/job-run-options.js';
import type { ResumePoint } from '../checkpoints/checkpoint-resume.js';
import type { CheckpointPointer, JobRecord, JobStore, StoredJob } from './job-store.js';

export type { NumberedEvent };

/** Checkpoints of a job that is over: the newest tells where it ended. */
const KEPT_AT_END = 1;

export class Job {
  /** Workers that this coordinator has called to it: they may write to its log. */
  readonly crew = new Set<string>();
  readonly #store: JobStore;
  readonly #makePlan: (record: JobRecord) => JobPlan;
  #plan: JobPlan | undefined;
  #stored: StoredJob;
  #status: JobStatus;
  readonly #events: JobEvents;
  #commits: Promise<void> = Promise.resolve();
  /** The reason while it runs and waits for nothing. */
  #activity = 'trains';
  /** What is added to it while checkpoints cannot be stored. */
  #warning = '';
  #pausing = false;

  /** @param makePlan is called when the job begins: the plans of all that wait would take too much memory */
  constructor(store: JobStore, stored: StoredJob, makePlan: (record: JobRecord) => JobPlan) {
    this.#store = store;
    this.#makePlan = makePlan;
    this.#stored = stored;
    // What a coordinator before this one has written may be from before there was such a thing.
    this.#status = { ...stored.record.status, queuePosition: null };
    this.#events = new JobEvents(stored.record.term);
  }

  get id(): string {
    return this.#status.id;
  }

  /** What was submitted, by whom, and its place in the queue. */
  get record(): JobRecord {
    return this.#stored.record;
  }

  /** @throws LockstepError INVALID_SPEC when the job can no longer be planned, such as without its dataset */
  get plan(): JobPlan {
    this.#plan ??= this.#makePlan(this.record);
    return this.#plan;
  }

  /** The job does not run any more. */
  forgetPlan(): void {
    this.#plan = undefined;
  }

  get status(): JobStatus {
    return this.#status;
  }

  get term(): number {
    return this.#stored.record.term;
  }

  /** Committed checkpoints, the newest first. */
  get checkpoints(): readonly CheckpointPointer[] {
    return this.#stored.record.checkpoints ?? [];
  }

  /** Of the last while, oldest first. */
  get recentProgress(): readonly JobProgress[] {
    return this.#events.recentProgress;
  }

  /** Events after number `after`, then each new one; the function returned ends it. */
  follow(after: number | undefined, send: (event: NumberedEvent) => void): () => void {
    return this.#events.follow(after, this.#status, send);
  }

  /** Takes the job over: a new term, committed before anything else happens. */
  async begin(now: Date): Promise<void> {
    const status: JobStatus = {
      ...this.#status,
      state: 'STARTING',
      reason: 'gets the workers ready',
      queuePosition: null,
      term: this.term + 1,
      startedAt: this.#status.startedAt ?? now.toISOString(),
    };
    this.#status = status;
    this.#pausing = false;
    this.#warning = '';
    const term = this.term + 1;
    await this.#commit(term);
    this.#events.beginTerm(term);
    this.#emit({ type: 'state', status });
  }

  /** What the term starts from. What the last one did after it is done again, so it is not shown any more. */
  resumes(resume: ResumePoint): void {
    const { checkpoint } = resume;
    const { step = 0, history = [], seconds = 0, earlyStopping } = checkpoint?.position ?? {};
    this.#activity = activityFrom(resume);
    const progress = { ...this.#status.progress, step, epoch: checkpoint?.position.epoch ?? 0 };
    this.#status = { ...this.#status, history, seconds, progress, bestEpoch: earlyStopping?.bestEpoch ?? null };
    this.#enter('STARTING', startFrom(resume));
  }

  /** Waits in the queue, and for what. Only followers get an event, and the reason is not stored: it changes often. */
  waitsInQueue(reason: string, queuePosition: number | null = null): void {
    if (this.#status.state === 'QUEUED' && this.#status.reason === reason) return;
    this.#status = { ...this.#status, state: 'QUEUED', reason, queuePosition };
    if (this.#events.followed) this.#emit({ type: 'state', status: this.#status });
    else this.#events.forget();
  }

  /** Another coordinator has the record: what is shown here is not true any more, and says so. */
  lost(): void {
    this.#enter(this.#status.state, 'another coordinator has taken this job over; this one has stopped with it');
  }

  progressed(progress: JobProgress): void {
    const validationAccuracy = this.#status.history.at(-1)?.validation?.accuracy ?? null;
    this.#status = { ...this.#status, progress: { ...progress, validationAccuracy } };
    this.#emit({ type: 'progress', progress: this.#status.progress });
  }

  /** @param bestEpoch of those so far, where the job watches a value */
  async epochEnded(epoch: EpochMetrics, bestEpoch: number | null): Promise<void> {
    this.#status = { ...this.#status, history: [...this.#status.history, epoch], bestEpoch };
    this.#emit({ type: 'epoch', epoch });
    await this.#commit(this.term);
  }

  /** It runs once as many workers as it asks for hold it, until none does. */
  workersChanged(worker: string, change: string, workers: number): void {
    const { state, reason } = this.#status;
    const wanted = Math.max(1, this.record.minWorkers);
    this.#status = { ...this.#status, workers: Math.max(workers, 0) };
    this.#emit({ type: 'worker', worker, change });
    if (state === 'STARTING' && workers >= wanted) this.#enter('RUNNING', this.#pausing ? reason : this.#trains);
    else if (state === 'RUNNING' && workers <= 0) this.#enter('STARTING', this.#pausing ? reason : noWorkers(wanted));
  }

  waiting(sentence: string): void {
    const { state } = this.#status;
    if (isFinal(state) || state === 'CANCELLING' || this.#pausing || (state === 'STARTING' && sentence === '')) return;
    const reason = sentence === '' ? this.#trains : `waits for ${sentence}`;
    if (reason !== this.#status.reason) this.#enter(state, reason);
  }

  reissued(slices: number): void {
    this.#status = { ...this.#status, reissuedSlices: this.#status.reissuedSlices + slices };
  }

  rejected(reason: string): void {
    const { rejectedParts } = this.#status;
    this.#status = { ...this.#status, rejectedParts: { ...rejectedParts, [reason]: (rejectedParts[reason] ?? 0) + 1 } };
  }

  /** Commits a checkpoint as the newest one and gives those that are no longer among the newest `keep`. */
  async checkpointed(pointer: CheckpointPointer, keep: number): Promise<readonly CheckpointPointer[]> {
    if (isFinal(this.#status.state)) return [pointer];
    const all = [pointer, ...this.checkpoints.filter(({ object }) => object !== pointer.object)];
    const { step, at } = pointer;
    this.#status = { ...this.#status, checkpoint: { step, at } };
    await this.#commit(this.term, all.slice(0, keep));
    this.#warn('');
    return all.slice(keep);
  }

  /** One could not be written. The job goes on, and followers hear of it once. */
  checkpointFailed(error: unknown): void {
    this.#warn(checkpointWarning(error, this.checkpoints[0]));
  }

  /** Back into the queue; `reason` says what it waits for. */
  async queued(reason: string): Promise<void> {
    this.#status = { ...this.#status, state: 'QUEUED', reason };
    await this.#commit(this.term);
    this.#emit({ type: 'state', status: this.#status });
  }

  pausing(): void {
    this.#pausing = true;
    this.#enter(this.#status.state, 'pauses after the step that is under way');
  }

  /** Holds no worker any more, until it is resumed. */
  async paused(): Promise<void> {
    this.#status = { ...this.#status, state: 'PAUSED', reason: 'was paused', queuePosition: null, workers: 0 };
    await this.#commit(this.term);
    this.#emit({ type: 'state', status: this.#status });
  }

  cancelling(): void {
    this.#enter('CANCELLING', 'ends the step that is under way');
  }

  async succeeded(result: JobRunResult, model: JobStatus['model'], now: Date): Promise<void> {
    const { weightsSha256, train, validation, test, samplesPerSecond } = result;
    const { step, history } = result.position;
    const progress = { ...this.#status.progress, step, epoch: history.length, etaSeconds: 0 };
    this.#status = {
      ...this.#status,
      progress,
      model,
      weightsSha256,
      train,
      validation,
      test,
      samplesPerSecond,
      ...{ steps: step, epochs: history.length, seconds: result.trainingSeconds },
    };
    await this.#finish('SUCCEEDED', endOf(this.plan, result), now);
  }

  async failed(error: unknown, now: Date): Promise<void> {
    if (isLockstepError(error, 'CANCELLED')) {
      await this.#finish('CANCELLED', 'was cancelled', now);
      return;
    }
    const failure = failureOf(error);
    this.#status = { ...this.#status, failure };
    await this.#finish('FAILED', failure.message, now);
  }

  async #finish(state: JobState, reason: string, now: Date): Promise<void> {
    this.#status = { ...this.#status, state, reason, queuePosition: null, finishedAt: now.toISOString() };
    await this.#commit(this.term, this.checkpoints.slice(0, KEPT_AT_END));
    this.#emit({ type: 'state', status: this.#status });
  }

  get #trains(): string {
    return this.#activity + this.#warning;
  }

  #warn(warning: string): void {
    const { state, reason } = this.#status;
    const trains = state === 'RUNNING' && reason === this.#trains;
    const isNew = warning !== this.#warning;
    this.#warning = warning;
    if (trains && isNew) this.#enter(state, this.#trains);
  }

  #enter(state: JobState, reason: string): void {
    this.#status = { ...this.#status, state, reason };
    this.#emit({ type: 'state', status: this.#status });
  }

  /** One after the other, since each expects the revision that the one before has made. */
  #commit(term: number, checkpoints?: readonly CheckpointPointer[]): Promise<void> {
    const commit = this.#commits.then(async () => {
      const changed = checkpoints === undefined ? {} : { checkpoints };
      const record = { ...this.#stored.record, term, status: this.#status, ...changed };
      this.#stored = await untilReachable(() => this.#store.write(record, this.#stored.revision));
    });
    this.#commits = commit.catch(() => undefined);
    return commit;
  }

  #emit(event: JobEvent): void {
    this.#events.emit(event);
  }
}
