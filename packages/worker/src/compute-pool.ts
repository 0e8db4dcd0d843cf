/**
 * The worker's threads, which all its jobs share. A thread that dies takes its task with it, not the process: the task
 * is given to another.
 */
import { LockstepError, type ErrorCode } from '@lockstep/core';
import { applyNativeEnvironment } from '@lockstep/engine';
import { Piscina } from 'piscina';
import type { ThreadAnswer, ThreadTask } from './thread-messages.js';
import { ThreadTurns } from './thread-turns.js';

/** Tries of a task whose thread died. */
const TRIES = 3;
/** A thread makes little garbage; V8's default would hold three times as much of it in each. */
const YOUNG_GENERATION_MEBIBYTES = 6;

export class ComputePool {
  readonly threads: number;
  readonly #pool: Piscina<ThreadTask, ThreadAnswer>;
  readonly #turns: ThreadTurns;
  #deaths = 0;

  constructor(threads: number) {
    // A thread sees a copy of the environment, and TensorFlow reads the process's own: it must be set before.
    applyNativeEnvironment();
    this.threads = threads;
    this.#turns = new ThreadTurns(threads);
    this.#pool = new Piscina<ThreadTask, ThreadAnswer>({
      filename: new URL('./thread.js', import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MEBIBYTES },
    });
    this.#pool.on('error', () => undefined);
  }

  /** Threads that died so far. */
  get deaths(): number {
    return this.#deaths;
  }

  async canary(file: string): Promise<{ hash: string; cpuClass: string }> {
    const answer = await this.#run({ type: 'canary', file });
    if (answer.type !== 'canary') throw unexpected(answer);
    return answer;
  }

  async compute(
    task: Omit<Extract<ThreadTask, { type: 'compute' }>, 'type'>,
  ): Promise<Extract<ThreadAnswer, { type: 'computed' }>> {
    const answer = await this.#run({ type: 'compute', ...task });
    if (answer.type !== 'computed') throw unexpected(answer);
    return answer;
  }

  /** @param file of a job that is over on this worker */
  forget(file: string): void {
    this.#turns.forget(file);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #run(task: ThreadTask): Promise<ThreadAnswer> {
    return this.#turns.run(task.file, () => this.#try(task));
  }

  async #try(task: ThreadTask): Promise<ThreadAnswer> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#pool.run(task);
      } catch (cause) {
        this.#deaths += 1;
        if (tries === TRIES) {
          const reason = cause instanceof Error ? cause.message : String(cause);
          throw new LockstepError('WORKER_FAILED', `a thread died ${TRIES} times over the same task: ${reason}`, {
            cause,
          });
        }
      }
    }
  }
}

function unexpected(answer: ThreadAnswer): LockstepError {
  if (answer.type === 'failed') return new LockstepError(answer.code as ErrorCode, answer.message);
  return new LockstepError('INTERNAL', `a thread answered ${answer.type}`);
}
