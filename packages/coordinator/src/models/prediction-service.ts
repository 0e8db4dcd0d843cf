/**
 * Answers for models in a small pool of threads. Questions to one model that come within a moment of each other go to a
 * thread together; what each is answered does not depend on it. Nothing is done here that takes the longer the larger a
 * question is: threads read requests and write responses, and their memory is handed over.
 */
import { LockstepError, planModel, type ModelVersion } from '@lockstep/core';
import { applyNativeEnvironment, type ForwardModel, type ModelFile } from '@lockstep/engine';
import { Piscina } from 'piscina';
import { errorOf } from '../thread-failure.js';
import { memoryOf } from './moved-memory.js';
import type { Answer, LoadedModel, PredictAnswer, PredictTask, Question } from './predict-messages.js';
import type { ModelRegistry } from './registry.js';

const GATHER_MILLISECONDS = 2;
/** One question of so many bytes goes alone, and together they do not wait for more. */
const GATHER_BYTES = 256 * 1024;
const DEADLINE_MILLISECONDS = 30_000;
const THREADS = 2;
const IDLE_MILLISECONDS = 60_000;
const MAX_QUEUE = 200;

interface Asked {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface Gathering {
  readonly model: ModelVersion;
  readonly asked: Asked[];
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
   * @param x samples x features, not scaled; its memory may be taken away
   * @returns samples x outputs
   * @throws LockstepError TIMEOUT, MODEL_NOT_RECORDABLE, NATIVE_FAILED
   */
  async predict(model: ModelVersion, x: Float32Array): Promise<Float32Array> {
    const answer = await this.#ask(model, { type: 'rows', x });
    if (answer.type === 'outputs') return answer.outputs;
    throw unexpected(answer);
  }

  /**
   * @param body of a request, as `predictRequestSchema` says; its memory may be taken away
   * @returns the body of the response
   * @throws LockstepError INVALID_OPTION, INVALID_INSTANCES, PAYLOAD_TOO_LARGE, and as `predict`
   */
  async respond(model: ModelVersion, body: Uint8Array): Promise<Uint8Array> {
    const answer = await this.#ask(model, { type: 'request', body });
    if (answer.type === 'response') return answer.body;
    throw unexpected(answer);
  }

  async savedModel(model: ModelVersion): Promise<readonly ModelFile[]> {
    const answer = await this.#run({ type: 'savedModel', model: await this.#load(model) });
    if (answer.type === 'files') return answer.files;
    throw unexpected(answer);
  }

  async close(): Promise<void> {
    for (const { timer, asked } of this.#gathering.values()) {
      clearTimeout(timer);
      for (const { reject } of asked) reject(new LockstepError('UNREACHABLE', 'the coordinator stops'));
    }
    this.#gathering.clear();
    await this.#pool.destroy();
  }

  #ask(model: ModelVersion, question: Question): Promise<Answer> {
    const key = keyOf(model);
    return new Promise((resolve, reject) => {
      const one: Asked = { question, resolve, reject };
      if (sizeOf(question) >= GATHER_BYTES) {
        this.#send(model, [one]);
        return;
      }
      const { asked } = this.#gathering.get(key) ?? this.#gather(key, model);
      asked.push(one);
      if (asked.reduce((sum, other) => sum + sizeOf(other.question), 0) >= GATHER_BYTES) this.#sendGathered(key);
    });
  }

  #gather(key: string, model: ModelVersion): Gathering {
    const timer = setTimeout(() => {
      this.#sendGathered(key);
    }, GATHER_MILLISECONDS);
    const gathering: Gathering = { model, asked: [], timer };
    this.#gathering.set(key, gathering);
    return gathering;
  }

  #sendGathered(key: string): void {
    const gathering = this.#gathering.get(key);
    if (gathering === undefined) return;
    this.#gathering.delete(key);
    clearTimeout(gathering.timer);
    this.#send(gathering.model, gathering.asked);
  }

  #send(model: ModelVersion, asked: readonly Asked[]): void {
    const questions = asked.map(({ question }) => question);
    this.#answers(model, questions).then(
      (answers) => {
        for (const [index, { resolve, reject }] of asked.entries()) {
          const answer = answers[index];
          if (answer === undefined) reject(new LockstepError('INTERNAL', 'a thread left a question out'));
          else resolve(answer);
        }
      },
      (error: unknown) => {
        for (const { reject } of asked) reject(error);
      },
    );
  }

  async #answers(model: ModelVersion, questions: readonly Question[]): Promise<readonly Answer[]> {
    const key = keyOf(model);
    let answer = await this.#run({ type: 'predict', key, questions });
    if (answer.type === 'unknownModel') {
      answer = await this.#run({ type: 'predict', key, questions: answer.questions, model: await this.#load(model) });
    }
    if (answer.type === 'answers') return answer.answers;
    throw unexpected(answer);
  }

  async #load(model: ModelVersion): Promise<LoadedModel> {
    const { parameters } = await this.#registry.weights(`${model.name}/${model.version}`);
    return { version: model, forward: forwardOf(model), parameters };
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
      const transferList = task.type === 'predict' ? memoryOf(task.questions) : [];
      return await Promise.race([this.#pool.run(task, { transferList }), deadline]);
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

function sizeOf(question: Question): number {
  return question.type === 'rows' ? question.x.byteLength : question.body.byteLength;
}

function unexpected(answer: Answer | PredictAnswer): LockstepError {
  return answer.type === 'failed' ? errorOf(answer) : new LockstepError('INTERNAL', `a thread answered ${answer.type}`);
}

function late(message: string): LockstepError {
  return new LockstepError('TIMEOUT', message, { hint: 'Ask again, for fewer instances at a time.' });
}
