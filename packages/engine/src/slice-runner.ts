/** Runs a job's slice graphs: what a worker's thread holds, and what the coordinator checks a job with. */
import { createHash } from 'node:crypto';
import { isLockstepError, LockstepError } from '@lockstep/core';
import { hasWitness } from './graph/compose.js';
import { layerNamedIn } from './graph/layer-scope.js';
import { GraphSession, nativeHandle, type GraphSignature, type NativeHandle } from './graph/session.js';
import { shapeKey, type SliceGraphShape, type SliceKind } from './slice-graph.js';

export interface SliceRunnerOptions {
  /** TensorFlow SavedModels by their shapes' keys. */
  readonly graphs: Readonly<Record<string, Uint8Array>>;
  /** Length of the flat parameter vector. */
  readonly parameters: number;
  readonly featureShape: readonly number[];
  readonly dtype: 'uint8' | 'float32';
  /** Number of classes of the labels; 0 where they are values. */
  readonly classes: number;
  /** Number of values of a sample's label; 0 where labels are classes. */
  readonly targets: number;
}

export interface SliceCall {
  readonly parameters: Float32Array | NativeHandle;
  /** copies * samples rows of features */
  readonly x: Uint8Array | Float32Array;
  /** copies * samples class numbers, or rows of targets */
  readonly y: Int32Array | Float32Array;
  /** a pair a copy, see sliceSeed */
  readonly seeds: Int32Array;
}

export interface SliceResult {
  readonly values: Float32Array;
  readonly counts: Int32Array;
}

export class SliceRunner {
  readonly #options: SliceRunnerOptions;
  readonly #sessions = new Map<string, GraphSession>();

  constructor(options: SliceRunnerOptions) {
    this.#options = options;
  }

  /** Parameters as a native tensor, for several calls with the same; `values` must not change until it is disposed of. */
  parameterHandle(values: Float32Array): NativeHandle {
    return nativeHandle('float32', [values.length], values);
  }

  /** The sums over the slices of one call; the thread blocks meanwhile. */
  run(shape: SliceGraphShape, { parameters, x, y, seeds }: SliceCall): SliceResult {
    const outputs = this.#session(shape).run({ parameters, x, y, seeds });
    try {
      const { values, counts } = outputs as { values: NativeHandle; counts: NativeHandle };
      return { values: values.read() as Float32Array, counts: counts.read() as Int32Array };
    } finally {
      for (const output of Object.values(outputs)) output.dispose();
    }
  }

  dispose(): void {
    for (const session of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
  }

  #session(shape: SliceGraphShape): GraphSession {
    const key = shapeKey(shape);
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const graph = this.#options.graphs[key];
    if (graph === undefined) throw new LockstepError('INTERNAL', `the job has no graph for ${key}`);
    const session = new GraphSession(graph, this.#signature(shape));
    this.#sessions.set(key, session);
    return session;
  }

  #signature({ samples, copies }: SliceGraphShape): GraphSignature {
    const { parameters, featureShape, dtype, targets } = this.#options;
    const y =
      targets === 0
        ? ({ reference: 'y', dtype: 'int32', shape: [samples * copies] } as const)
        : ({ reference: 'y', dtype: 'float32', shape: [samples * copies, targets] } as const);
    const rows = samples * copies;
    const inputs = {
      parameters: { reference: 'parameters', dtype: 'float32', shape: [parameters] },
      x: { reference: 'x', dtype, shape: [rows, ...featureShape] },
      y,
      seeds: { reference: 'seeds', dtype: 'int32', shape: [2 * copies] },
    } as const;
    const values = { reference: 'values', dtype: 'float32', shape: [] } as const;
    const counts = { reference: 'counts', dtype: 'int32', shape: [] } as const;
    if (!hasWitness(copies)) return { inputs, outputs: { values, counts } };
    return { inputs, outputs: { values, counts, witness: { reference: 'witness', dtype: 'float32', shape: [] } } };
  }

  /**
   * SHA-256 of what the graphs compute on made-up parameters and samples. Kernels pick their code by what they find in
   * the machine, so only a computation proves that two machines compute the same bits.
   * @throws LockstepError MODEL_NOT_RECORDABLE, naming the layer, when TensorFlow cannot load or run what it recorded
   */
  canary(): string {
    try {
      return this.#canary();
    } catch (cause) {
      const blamed = isLockstepError(cause, 'NATIVE_FAILED') && layerNamedIn(cause.message) !== undefined;
      throw blamed ? new LockstepError('MODEL_NOT_RECORDABLE', cause.message, { cause }) : cause;
    }
  }

  #canary(): string {
    const hash = createHash('sha256');
    for (const shape of this.#canaryShapes()) {
      const { values, counts } = this.run(shape, this.#madeUp(shape));
      hash.update(bytesOf(values)).update(bytesOf(counts));
    }
    return hash.digest('hex');
  }

  /** Full slices: one and as many in a call as there are graphs for. */
  #canaryShapes(): SliceGraphShape[] {
    const shapes = Object.keys(this.#options.graphs).map(parseShapeKey);
    const train = shapes.filter((shape) => shape.kind === 'train').sort((a, b) => a.copies - b.copies);
    const [first, last] = [train[0], train.at(-1)];
    return first === undefined || last === undefined ? [] : first === last ? [first] : [first, last];
  }

  #madeUp({ samples, copies }: SliceGraphShape): SliceCall {
    const { parameters, featureShape, dtype, classes, targets } = this.#options;
    const rows = samples * copies;
    const width = featureShape.reduce((product, size) => product * size, rows);
    const x = dtype === 'uint8' ? new Uint8Array(width) : new Float32Array(width);
    for (let i = 0; i < width; i++) x[i] = dtype === 'uint8' ? Math.imul(i, 2654435761) >>> 24 : scatter(i);
    return {
      parameters: Float32Array.from({ length: parameters }, (_, i) => scatter(i) * 0.1),
      x,
      y:
        targets === 0
          ? Int32Array.from({ length: rows }, (_, i) => i % classes)
          : Float32Array.from({ length: rows * targets }, (_, i) => scatter(i)),
      seeds: Int32Array.from({ length: 2 * copies }, (_, i) => i),
    };
  }
}

/** A number in [-0.5, 0.5) that looks random: Knuth's multiplicative hash. */
function scatter(i: number): number {
  return (Math.imul(i + 1, 2654435761) >>> 8) / 2 ** 24 - 0.5;
}

function parseShapeKey(key: string): SliceGraphShape {
  const [kind, rest] = key.split(':') as [SliceKind, string];
  const [samples, copies] = rest.split('x').map(Number) as [number, number];
  return { kind, samples, copies };
}

function bytesOf(values: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
