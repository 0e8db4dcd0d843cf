/**
 * The worker's threads, which all its jobs share. A thread that dies takes its task with it, not the process: the task
 * is given to another.
 */
import { LockstepError, type ErrorCode } from '@lockstep/core';
import { applyNativeEnvironment, type SliceGraphShape } from '@lockstep/engine';
import { Piscina } from 'piscina';
import type { ThreadAnswer, ThreadTask } from './thread-messages.js';
import { ThreadTurns } from './thread-turns.js';

/** Tries of a task whose thread died. */
const TRIES = 3;
/** A thread makes little garbage; V8's default would hold three times as much of it in each. */
const YOUNG_GENERATION_MEBIBYTES = 6;

export const DEATH_REASONS = ['out_of_memory', 'exit', 'error'] as const;
/** Of a thread: V8's heap was full, something ended it, or an error that nobody caught. */
export type DeathReason = (typeof DEATH_REASONS)[number];

type Computed = Extract<ThreadAnswer, { type: 'computed' }>;

/** Who counts what the threads do; the metrics do. Called on the main thread. */
export interface PoolObserver {
  /** A native call has ended. */
  computed(shape: SliceGraphShape, answer: Computed): void;
  threadDied(reason: DeathReason): void;
}

export interface ComputePoolOptions {
  readonly threads: number;
  readonly observer: PoolObserver;
  /** A thread has died and none takes its place: called once, with WORKER_FAILED. */
  readonly onCrippled: (error: LockstepError) => void;
  /** What a thread runs; tests bring their own. */
  readonly script?: URL;
}

export class ComputePool {
  readonly threads: number;
  readonly #observer: PoolObserver;
  readonly #onCrippled: (error: LockstepError) => void;
  readonly #pool: Piscina<ThreadTask, ThreadAnswer>;
  readonly #turns: ThreadTurns;
  /** crippled: fewer threads than it should have, for good. */
  #state: 'open' | 'crippled' | 'closing' = 'open';

  constructor({ threads, observer, onCrippled, script = new URL('./thread.js', import.meta.url) }: ComputePoolOptions) {
    // A thread sees a copy of the environment, and TensorFlow reads the process's own: it must be set before.
    applyNativeEnvironment();
    this.threads = threads;
    this.#observer = observer;
    this.#onCrippled = onCrippled;
    this.#turns = new ThreadTurns(threads);
    this.#pool = new Piscina<ThreadTask, ThreadAnswer>({
      filename: script.href,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MEBIBYTES },
    });
    // Of a thread that had no task.
    this.#pool.on('error', (cause) => {
      this.#died(cause);
    });
    // Right after this it starts another, if it ever will.
    this.#pool.on('workerDestroy', () => setImmediate(() => this.#checkThreads()));
  }

  /** Node's numbers of the threads that there are now. */
  get liveThreads(): readonly number[] {
    return this.#pool.threads.map(({ threadId }) => threadId);
  }

  async canary(file: string): Promise<{ hash: string; cpuClass: string }> {
    const answer = await this.#run({ type: 'canary', file });
    if (answer.type !== 'canary') throw unexpected(answer);
    return answer;
  }

  async compute(task: Omit<Extract<ThreadTask, { type: 'compute' }>, 'type'>): Promise<Computed> {
    const answer = await this.#run({ type: 'compute', ...task });
    if (answer.type !== 'computed') throw unexpected(answer);
    this.#observer.computed(task.shape, answer);
    return answer;
  }

  /** @param file of a job that is over on this worker */
  forget(file: string): void {
    this.#turns.forget(file);
  }

  async close(): Promise<void> {
    this.#state = 'closing';
    await this.#pool.destroy();
  }

  #run(task: ThreadTask): Promise<ThreadAnswer> {
    return this.#turns.run(task.file, () => this.#try(task));
  }

  /** Threads that the pool itself ends have not died. */
  #died(cause: unknown): void {
    if (this.#state !== 'closing') this.#observer.threadDied(reasonOf(cause));
  }

  /** Piscina starts no thread any more once one has died while it started: tasks would wait for ever in the end. */
  #checkThreads(): void {
    if (this.#state !== 'open' || this.#pool.threads.length >= this.threads) return;
    this.#state = 'crippled';
    this.#onCrippled(
      new LockstepError(
        'WORKER_FAILED',
        `a thread died while it started; ${this.#pool.threads.length} of them are left`,
        {
          hint: 'Start the worker again. If that does not help: `lockstep doctor`, and look for the memory that is left.',
        },
      ),
    );
  }

  async #try(task: ThreadTask): Promise<ThreadAnswer> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#pool.run(task);
      } catch (cause) {
        this.#died(cause);
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

function reasonOf(cause: unknown): DeathReason {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'out_of_memory';
  // Piscina's words.
  return message.startsWith('worker exited with code') ? 'exit' : 'error';
}

function unexpected(answer: ThreadAnswer): LockstepError {
  if (answer.type === 'failed') return new LockstepError(answer.code as ErrorCode, answer.message);
  return new LockstepError('INTERNAL', `a thread answered ${answer.type}`);
}
