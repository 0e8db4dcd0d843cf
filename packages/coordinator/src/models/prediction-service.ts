/**
 * Answers for models in a small pool of threads. Requests for one model that come within a moment of each other go to a
 * thread together; what each is answered does not depend on it.
 */
import { LockstepError, planModel, type ModelVersion } from '@lockstep/core';
import { applyNativeEnvironment, type ForwardModel, type ModelFile } from '@lockstep/engine';
import { Piscina } from 'piscina';
import type { LoadedModel, PredictAnswer, PredictTask } from './predict-messages.js';
import type { ModelRegistry } from './registry.js';

const GATHER_MILLISECONDS = 2;
/** So many are not kept waiting for more. */
const GATHER_SAMPLES = 256;
const DEADLINE_MILLISECONDS = 30_000;
const THREADS = 2;
const IDLE_MILLISECONDS = 60_000;
const MAX_QUEUE = 200;

interface Request {
  readonly x: Float32Array;
  readonly resolve: (outputs: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

interface Gathering {
  readonly model: ModelVersion;
  readonly requests: Request[];
  readonly timer: NodeJS.Timeout;
}

export class PredictionService {
  readonly #registry: Pick<ModelRegistry, 'weights'>;
  readonly #pool: Piscina<PredictTask, PredictAnswer>;
  readonly #gathering = new Map<string, Gathering>();

  constructor(registry: Pick<ModelRegistry, 'weights'>) {
    applyNativeEnvironment();
    this.#registry = registry;
    this.#pool = new Piscina<PredictTask, PredictAnswer>({
      filename: new URL('./predict-thread.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: THREADS,
      maxQueue: MAX_QUEUE,
      idleTimeout: IDLE_MILLISECONDS,
    });
    this.#pool.on('error', () => undefined);
  }

  /**
   * @param x samples x features, not scaled
   * @returns samples x outputs
   * @throws LockstepError TIMEOUT, MODEL_NOT_RECORDABLE, NATIVE_FAILED
   */
  predict(model: ModelVersion, x: Float32Array): Promise<Float32Array> {
    const key = keyOf(model);
    return new Promise((resolve, reject) => {
      const gathering = this.#gathering.get(key) ?? this.#gather(key, model);
      gathering.requests.push({ x, resolve, reject });
      const values = gathering.requests.reduce((sum, request) => sum + request.x.length, 0);
      if (values >= GATHER_SAMPLES * widthOf(model)) this.#send(key);
    });
  }

  async savedModel(model: ModelVersion): Promise<readonly ModelFile[]> {
    const answer = await this.#run({ type: 'savedModel', model: await this.#load(model), dtype: model.features.dtype });
    if (answer.type === 'files') return answer.files;
    throw new LockstepError('INTERNAL', `a thread answered ${answer.type}`);
  }

  async close(): Promise<void> {
    for (const { timer, requests } of this.#gathering.values()) {
      clearTimeout(timer);
      for (const { reject } of requests) reject(new LockstepError('UNREACHABLE', 'the coordinator stops'));
    }
    this.#gathering.clear();
    await this.#pool.destroy();
  }

  #gather(key: string, model: ModelVersion): Gathering {
    const timer = setTimeout(() => {
      this.#send(key);
    }, GATHER_MILLISECONDS);
    const gathering: Gathering = { model, requests: [], timer };
    this.#gathering.set(key, gathering);
    return gathering;
  }

  #send(key: string): void {
    const gathering = this.#gathering.get(key);
    if (gathering === undefined) return;
    this.#gathering.delete(key);
    clearTimeout(gathering.timer);
    const { model, requests } = gathering;
    this.#together(model, requests).catch((error: unknown) => {
      for (const { reject } of requests) reject(error);
    });
  }

  async #together(model: ModelVersion, requests: readonly Request[]): Promise<void> {
    const x = new Float32Array(requests.reduce((sum, request) => sum + request.x.length, 0));
    let place = 0;
    for (const request of requests) {
      x.set(request.x, place);
      place += request.x.length;
    }
    const outputs = await this.#outputs(model, x);
    const ratio = outputs.length / x.length;
    place = 0;
    for (const request of requests) {
      const length = Math.round(request.x.length * ratio);
      request.resolve(outputs.slice(place, place + length));
      place += length;
    }
  }

  async #outputs(model: ModelVersion, x: Float32Array): Promise<Float32Array> {
    const task = { type: 'predict', key: keyOf(model), x } as const;
    let answer = await this.#run(task);
    if (answer.type === 'unknownModel') answer = await this.#run({ ...task, model: await this.#load(model) });
    if (answer.type === 'outputs') return answer.outputs;
    throw new LockstepError('INTERNAL', `a thread answered ${answer.type}`);
  }

  async #load(model: ModelVersion): Promise<LoadedModel> {
    const { parameters } = await this.#registry.weights(`${model.name}/${model.version}`);
    return { forward: forwardOf(model), parameters };
  }

  async #run(task: PredictTask): Promise<PredictAnswer> {
    if (this.#pool.queueSize >= MAX_QUEUE) throw late('the threads that predict have too much to do');
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(late(`a prediction was not made within ${DEADLINE_MILLISECONDS / 1000} s`));
      }, DEADLINE_MILLISECONDS);
    });
    try {
      const answer = await Promise.race([this.#pool.run(task), deadline]);
      if (answer.type !== 'failed') return answer;
      const { code, message, hint } = answer;
      throw new LockstepError(code, message, hint === undefined ? {} : { hint });
    } finally {
      clearTimeout(timer);
    }
  }
}

function forwardOf({ name, version, layers, features, output }: ModelVersion): ForwardModel {
  const planned = planModel(layers, features.shape);
  if (!planned.ok) {
    throw new LockstepError('INVALID_MODEL', `model ${name}/${version} can no longer be planned`, {
      faults: planned.faults,
    });
  }
  return { plan: planned.model, offset: features.offset, scale: features.scale, activation: output.activation };
}

function keyOf({ name, version, weightsSha256 }: ModelVersion): string {
  return `${name}/${version}/${weightsSha256}`;
}

function widthOf({ features }: ModelVersion): number {
  return features.shape.reduce((product, size) => product * size, 1);
}

function late(message: string): LockstepError {
  return new LockstepError('TIMEOUT', message, { hint: 'Ask again, for fewer instances at a time.' });
}
