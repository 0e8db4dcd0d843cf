/** A trained model that answers: its graphs, loaded, and its parameters, in native memory. */
import { elementCount } from '@lockstep/core';
import { encodeSavedModel } from '../graph/saved-model.js';
import { GraphSession, nativeHandle, type NativeHandle } from '../graph/session.js';
import type { Graph } from '../graph/nodes.js';
import { composeSamples, recordForward, type ForwardModel } from './forward-graph.js';

/** Samples of one native call. More in a call gain little; any number is made up of these. */
const SIZES = [16, 4, 1];

export class Predictor {
  readonly #model: ForwardModel;
  /** The native tensor reads this memory. */
  readonly #values: Float32Array;
  readonly #parameters: NativeHandle;
  readonly #sessions = new Map<number, GraphSession>();
  #forward: Graph | undefined;

  constructor(model: ForwardModel, parameters: Float32Array) {
    this.#model = model;
    this.#values = parameters;
    this.#parameters = nativeHandle('float32', [parameters.length], this.#values);
  }

  /**
   * Each sample's outputs, whose bits depend on that sample alone. The thread blocks meanwhile.
   * @param x samples x features, not scaled
   * @returns samples x outputs
   * @throws LockstepError MODEL_NOT_RECORDABLE, NATIVE_FAILED
   */
  predict(x: Float32Array): Float32Array {
    const { inputShape, outputShape } = this.#model.plan;
    const [inputs, outputs] = [elementCount(inputShape), elementCount(outputShape)];
    const samples = x.length / inputs;
    const results = new Float32Array(samples * outputs);
    for (let first = 0; first < samples;) {
      const size = SIZES.find((candidate) => candidate <= samples - first) ?? 1;
      results.set(this.#run(size, x.slice(first * inputs, (first + size) * inputs)), first * outputs);
      first += size;
    }
    return results;
  }

  dispose(): void {
    for (const session of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
    this.#parameters.dispose();
  }

  #run(size: number, x: Float32Array): Float32Array {
    const { outputs } = this.#session(size).run({ parameters: this.#parameters, x });
    try {
      return outputs?.read() as Float32Array;
    } finally {
      outputs?.dispose();
    }
  }

  #session(size: number): GraphSession {
    const known = this.#sessions.get(size);
    if (known !== undefined) return known;
    this.#forward ??= recordForward(this.#model, 1);
    const graph = composeSamples(this.#forward, size);
    const session = new GraphSession(encodeSavedModel(graph), graph);
    this.#sessions.set(size, session);
    return session;
  }
}
