/** Records and checks jobs in a thread of its own. A model that cannot run is refused here, before anything starts. */
import path from 'node:path';
import { LockstepError, type ErrorCode, type JobPlan } from '@lockstep/core';
import { applyNativeEnvironment } from '@lockstep/engine';
import { Piscina } from 'piscina';
import type { CompileAnswer, CompiledJob, CompileTask } from './compile-thread.js';

export class Compiler {
  readonly #folder: string;
  readonly #pool: Piscina<CompileTask, CompileAnswer>;

  /** @param dataDir the coordinator's folder */
  constructor(dataDir: string) {
    applyNativeEnvironment();
    this.#folder = path.join(dataDir, 'graphs');
    this.#pool = new Piscina<CompileTask, CompileAnswer>({
      filename: new URL('./compile-thread.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: 1000,
    });
    this.#pool.on('error', () => undefined);
  }

  /** @throws LockstepError MODEL_NOT_RECORDABLE, NATIVE_MISSING, NATIVE_FAILED */
  async compile(plan: JobPlan): Promise<CompiledJob> {
    const answer = await this.#pool.run({ plan, folder: this.#folder });
    if (answer.type === 'compiled') return answer;
    const { code, message, hint, faults } = answer;
    throw new LockstepError(code as ErrorCode, message, { ...(hint === undefined ? {} : { hint }), faults });
  }

  /** The folder of a compiled graph. */
  graphFolder(sha256: string): string {
    return path.join(this.#folder, sha256);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
