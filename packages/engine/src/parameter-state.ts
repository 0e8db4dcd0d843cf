/** The parameter server's numbers: parameters and optimiser state in native memory, moved on by the update graph. */
import type { JobPlan } from '@lockstep/core';
import { LockstepError } from '@lockstep/core';
import { GraphSession, nativeHandle, type GraphSignature, type NativeHandle } from './graph/session.js';
import type { Optimizer } from './optimizers/optimizer.js';
import { createOptimizer, stateKeys } from './update-graph.js';
import { LOSS_VALUES } from './slice-graph.js';

export interface UpdateResult {
  /** Euclidean norm of the averaged gradient. */
  readonly gradientNorm: number;
}

/** Everything that the next updates depend on: the same bits go on from it as from the state it was taken of. */
export interface ParameterSnapshot {
  /** Updates applied. */
  readonly step: number;
  /** (P) float32 */
  readonly parameters: Float32Array;
  /** The optimiser's state: (P) float32 by slot name, in the slots' order. */
  readonly slots: ReadonlyMap<string, Float32Array>;
}

export class ParameterState {
  readonly #session: GraphSession;
  readonly #optimizer: Optimizer;
  readonly #keys: readonly string[];
  readonly #size: number;
  #parameters: NativeHandle;
  #state: NativeHandle[];
  #step = 0;

  /**
   * @param graph the recorded update, as a TensorFlow SavedModel
   * @param initial (P) float32
   */
  constructor(plan: JobPlan, graph: Uint8Array, initial: Float32Array) {
    const size = plan.model.parameters;
    this.#size = size;
    this.#optimizer = createOptimizer(plan.spec.training.optimizer);
    this.#keys = stateKeys(this.#optimizer);
    this.#session = new GraphSession(graph, signature(size, this.#keys, this.#optimizer.scalars(1, 1).length));
    this.#parameters = nativeHandle('float32', [size], initial.slice());
    this.#state = this.#optimizer.slots.map(({ initialValue }) =>
      nativeHandle('float32', [size], new Float32Array(size).fill(initialValue)),
    );
  }

  /** Updates applied so far. */
  get step(): number {
    return this.#step;
  }

  /**
   * Applies one minibatch.
   * @param sums (P + 2): gradient, loss and weight sums over the minibatch
   * @throws LockstepError LOSS_NOT_FINITE; nothing is changed then
   */
  apply(sums: Float32Array, learningRate: number): UpdateResult {
    const scalars = Float32Array.from(this.#optimizer.scalars(learningRate, this.#step + 1));
    const inputs: Record<string, NativeHandle | Float32Array> = { parameters: this.#parameters, sums, scalars };
    this.#keys.forEach((key, index) => {
      inputs[key] = this.#state[index] as NativeHandle;
    });
    const outputs = this.#session.run(inputs);
    const norm = outputs.gradient_norm as NativeHandle;
    const gradientNorm = norm.read()[0] as number;
    norm.dispose();
    const next = [outputs.next_parameters, ...this.#keys.map((key) => outputs[`next_${key}`])] as NativeHandle[];
    const loss = sums[sums.length - LOSS_VALUES] as number;
    if (!Number.isFinite(gradientNorm) || !Number.isFinite(loss)) {
      next.forEach((handle) => {
        handle.dispose();
      });
      throw notFinite(this.#step + 1, loss, gradientNorm);
    }
    this.#replace(next);
    this.#step += 1;
    return { gradientNorm };
  }

  /** Copies of everything. */
  snapshot(): ParameterSnapshot {
    const slots = this.#optimizer.slots.map(({ name }, index): [string, Float32Array] => [
      name,
      (this.#state[index] as NativeHandle).read() as Float32Array,
    ]);
    return { step: this.#step, parameters: this.readParameters(), slots: new Map(slots) };
  }

  /**
   * Goes back, or on, to a snapshot of the same job.
   * @throws LockstepError INVALID_DATASET when it has other vectors than the job; nothing is changed then
   */
  restore({ step, parameters, slots }: ParameterSnapshot): void {
    const vectors = [parameters, ...this.#optimizer.slots.map(({ name }) => slots.get(name))];
    const fitting = vectors.filter((vector) => vector?.length === this.#size);
    if (fitting.length !== vectors.length || slots.size !== this.#optimizer.slots.length) {
      throw new LockstepError('INVALID_DATASET', 'the snapshot has other vectors than the job');
    }
    const handles = vectors.map((vector) => nativeHandle('float32', [this.#size], (vector as Float32Array).slice()));
    this.#replace(handles);
    this.#step = step;
  }

  /** A copy of the parameters, (P) float32. */
  readParameters(): Float32Array {
    return this.#parameters.read() as Float32Array;
  }

  #replace(next: readonly NativeHandle[]): void {
    for (const handle of [this.#parameters, ...this.#state]) handle.dispose();
    [this.#parameters, ...this.#state] = next as [NativeHandle, ...NativeHandle[]];
  }

  dispose(): void {
    this.#parameters.dispose();
    for (const handle of this.#state) handle.dispose();
    this.#session.dispose();
  }
}

function notFinite(step: number, loss: number, norm: number): LockstepError {
  const message = `step ${String(step)}: the loss is ${String(loss)} and the gradient's norm ${String(norm)}`;
  return new LockstepError('LOSS_NOT_FINITE', message, {
    hint: 'Lower training.optimizer.learningRate, or scale the inputs.',
  });
}

function signature(size: number, keys: readonly string[], scalars: number): GraphSignature {
  const vector = (reference: string, length: number) => ({ reference, dtype: 'float32', shape: [length] }) as const;
  const inputs = Object.fromEntries([
    ['parameters', vector('parameters', size)],
    ['sums', vector('sums', size + LOSS_VALUES)],
    ['scalars', vector('scalars', scalars)],
    ...keys.map((key) => [key, vector(key, size)] as const),
  ]);
  const outputs = ['next_parameters', ...keys.map((key) => `next_${key}`), 'gradient_norm'];
  return { inputs, outputs: Object.fromEntries(outputs.map((name) => [name, vector(name, 0)])) };
}
