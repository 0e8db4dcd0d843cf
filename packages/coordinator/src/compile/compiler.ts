/** Records and checks jobs in a thread of its own. A model that cannot run is refused here, before anything starts. */
import { LockstepError, type JobPlan } from '@lockstep/core';
import { applyNativeEnvironment } from '@lockstep/engine';
import { Piscina } from 'piscina';
import { CompileCache } from './compile-cache.js';
import { startingWeights } from '../models/initial-model.js';
import type { ModelRegistry } from '../models/registry.js';
import { errorOf } from '../thread-failure.js';
import type { CompileAnswer, CompiledGraphs, CompiledJob, CompileTask } from './compile-thread.js';

export class Compiler {
  readonly #models: Pick<ModelRegistry, 'get' | 'weights'>;
  readonly #pool: Piscina<CompileTask, CompileAnswer>;
  readonly #cache = new CompileCache((plan) => this.#record(plan));

  /** @param models that jobs may start from */
  constructor(models: Pick<ModelRegistry, 'get' | 'weights'>) {
    this.#models = models;
    applyNativeEnvironment();
    this.#pool = new Piscina<CompileTask, CompileAnswer>({
      filename: new URL('./compile-thread.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: 1000,
    });
    this.#pool.on('error', () => undefined);
  }

  /**
   * Whether the job's graphs can be recorded and run.
   * @throws LockstepError MODEL_NOT_RECORDABLE, NATIVE_MISSING, NATIVE_FAILED
   */
  async check(plan: JobPlan): Promise<void> {
    await this.#cache.check(plan);
  }

  /** @throws LockstepError as `check`; NOT_FOUND, HASH_MISMATCH of the model that it starts from */
  async compile(plan: JobPlan): Promise<CompiledJob> {
    const { model, seed } = plan;
    const [graphs, drawn] = await Promise.all([this.#cache.get(plan), this.#pool.run({ type: 'draw', model, seed })]);
    if (drawn.type !== 'drawn') throw unexpected(drawn);
    return { ...graphs, initialWeights: await startingWeights(plan, drawn.weights, this.#models) };
  }

  async #record(plan: JobPlan): Promise<CompiledGraphs> {
    const answer = await this.#pool.run({ type: 'record', plan });
    if (answer.type !== 'recorded') throw unexpected(answer);
    return answer.compiled;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

function unexpected(answer: CompileAnswer): LockstepError {
  if (answer.type === 'failed') return errorOf(answer);
  return new LockstepError('INTERNAL', `the compile thread answered ${answer.type}`);
}
