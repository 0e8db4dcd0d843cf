/**
 * Writes a job's checkpoints beside its training: the parameters are copied between two steps, everything else happens
 * while the next steps run. One at a time: what is due meanwhile is made of the newest parameters afterwards.
 */
import { checkpointDue, isLockstepError, type CheckpointPlan, type TrainingPosition } from '@lockstep/core';
import type { Logger } from 'pino';
import { encodeCheckpoint, type Checkpoint, type CheckpointIdentity } from './checkpoint-file.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { CheckpointPointer } from '../jobs/job-store.js';
import type { TrainingObserver } from '../training/training-observer.js';

/** The record that alone makes a checkpoint count. */
export interface CheckpointRecord {
  readonly id: string;
  readonly term: number;
  /** Gives those that the record no longer lists. */
  checkpointed(pointer: CheckpointPointer, keep: number): Promise<readonly CheckpointPointer[]>;
  /** One could not be written; the next that is due is tried all the same. */
  checkpointFailed(error: unknown): void;
}

export interface CheckpointWriterOptions {
  readonly store: Pick<CheckpointStore, 'put' | 'delete'>;
  readonly job: CheckpointRecord;
  readonly identity: CheckpointIdentity;
  readonly plan: CheckpointPlan;
  readonly log: Logger;
  /** Where the run begins: there is no need to write that down once more. */
  readonly first: TrainingPosition;
  /** Another coordinator has the job. */
  readonly onTakenOver: (error: unknown) => void;
  readonly observer?: TrainingObserver | undefined;
}

export class CheckpointWriter {
  readonly #options: CheckpointWriterOptions;
  #last: { step: number; at: number };
  #lastMilliseconds = 0;
  #epochEnded = false;
  #writing: Promise<void> | undefined;
  /** Where the newest committed one is. */
  #committed: string;

  constructor(options: CheckpointWriterOptions) {
    this.#options = options;
    this.#last = { step: options.first.step, at: performance.now() };
    this.#committed = placeOf(options.first);
  }

  /** Between two steps: begins a checkpoint if one is due. `take` copies what it consists of. */
  offer(step: number, epochEnded: boolean, take: () => Checkpoint): void {
    this.#epochEnded ||= epochEnded;
    if (this.#writing !== undefined) return;
    const moment = {
      ...{ now: performance.now(), step, epochEnded: this.#epochEnded },
      ...{ last: this.#last, lastMilliseconds: this.#lastMilliseconds },
    };
    if (!checkpointDue(this.#options.plan, moment)) return;
    this.#epochEnded = false;
    this.#begin(take());
  }

  /** The last one of a run that stops; resolves when it is committed, or could not be. */
  async finish(checkpoint: Checkpoint): Promise<void> {
    await this.#writing;
    if (this.#committed === placeOf(checkpoint.position)) return;
    this.#begin(checkpoint);
    await this.#writing;
  }

  #begin(checkpoint: Checkpoint): void {
    const started = performance.now();
    this.#last = { step: checkpoint.position.step, at: started };
    this.#writing = this.#write(checkpoint).then(
      () => this.#ended(started),
      (error: unknown) => {
        this.#ended(started);
        this.#failed(checkpoint, error);
      },
    );
  }

  #ended(started: number): void {
    this.#writing = undefined;
    this.#lastMilliseconds = performance.now() - started;
  }

  async #write(checkpoint: Checkpoint): Promise<void> {
    const { store, job, identity, plan, log, observer } = this.#options;
    const { step } = checkpoint.position;
    const { bytes, sha256 } = await encodeCheckpoint(checkpoint, identity, job.term);
    const object = `${job.id}.${String(job.term)}.${String(step)}`;
    const started = performance.now();
    const fault = await store.put(job.id, object, bytes);
    if (fault !== undefined) log.warn({ step }, `the checkpoint has ${fault}`);
    const at = new Date().toISOString();
    const pointer = { object, term: job.term, step, sha256, bytes: bytes.length, at };
    const old = await job.checkpointed(pointer, plan.keep);
    this.#committed = placeOf(checkpoint.position);
    observer?.checkpointWritten((performance.now() - started) / 1000);
    const milliseconds = Math.round(performance.now() - started);
    log.info({ step, bytes: bytes.length, milliseconds }, 'checkpoint committed');
    // Only what this record has listed: whatever else there is may be another term's.
    await store
      .delete(
        job.id,
        old.map((one) => one.object),
      )
      .catch((error: unknown) => {
        log.warn({ error, step }, 'old checkpoints could not be deleted; they go when the job ends');
      });
  }

  #failed({ position: { step } }: Checkpoint, error: unknown): void {
    this.#options.log.error({ error, step }, 'the checkpoint could not be written');
    this.#options.observer?.checkpointFailed();
    if (isLockstepError(error, 'REVISION_CONFLICT')) this.#options.onTakenOver(error);
    else this.#options.job.checkpointFailed(error);
  }
}

function placeOf({ step, epoch }: TrainingPosition): string {
  return `${String(epoch)}.${String(step)}`;
}
