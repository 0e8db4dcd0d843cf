/** A recorded graph, loaded and ready to run as one native call. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LockstepError } from '@lockstep/core';
import { graphHasRun, tensorDeleted, tensorMade } from '../native/tensor-count.js';
import { native, type NativeTensor, type TensorValues } from '../native/tensorflow.js';
import { layerNamedIn } from './layer-scope.js';
import { outputName } from './saved-model.js';
import type { DataTypeName, Graph } from './nodes.js';

/** What a run is fed with: values that are handed over, or a tensor that is already native. */
export type GraphInput = TensorValues | NativeHandle;

/** A native tensor that outlives one run. Whoever holds it disposes of it. */
export class NativeHandle {
  #id: number | undefined;
  readonly #bytes: number;

  /** Of a tensor that was just made. */
  constructor(id: number, bytes: number) {
    this.#id = id;
    this.#bytes = bytes;
    tensorMade(bytes);
  }

  get id(): number {
    if (this.#id === undefined) throw new LockstepError('INTERNAL', 'a disposed native tensor was used');
    return this.#id;
  }

  /** The values, copied out of native memory. */
  read(): TensorValues {
    return native().binding.tensorDataSync(this.id);
  }

  dispose(): void {
    if (this.#id === undefined) return;
    native().binding.deleteTensor(this.#id);
    tensorDeleted(this.#bytes);
    this.#id = undefined;
  }
}

/** Makes a native tensor of `values`; the memory of `values` must stay as it is while the tensor lives. */
export function nativeHandle(dtype: DataTypeName, shape: readonly number[], values: TensorValues): NativeHandle {
  return new NativeHandle(native().binding.createTensor(shape, typeNumber(dtype), values), values.byteLength);
}

/** Graphs give out float32, int32, uint8 and bool. */
function bytesOf({ shape, dtype }: NativeTensor): number {
  const { TF_UINT8, TF_BOOL } = native().binding;
  const elements = shape.reduce((product, size) => product * size, 1);
  return dtype === TF_UINT8 || dtype === TF_BOOL ? elements : elements * 4;
}

function typeNumber(dtype: DataTypeName): number {
  const { binding } = native();
  return {
    float32: binding.TF_FLOAT,
    int32: binding.TF_INT32,
    uint8: binding.TF_UINT8,
    bool: binding.TF_BOOL,
  }[dtype];
}

export type GraphSignature = Pick<Graph, 'inputs' | 'outputs'>;

export class GraphSession {
  readonly #id: number;
  readonly #signature: GraphSignature;
  readonly #inputNames: readonly string[];
  readonly #outputNames: string;
  readonly #inputKeys: string;
  readonly #outputKeys: readonly string[];

  /**
   * @param bytes a TensorFlow SavedModel
   * @throws LockstepError NATIVE_FAILED when TensorFlow refuses the graph
   */
  constructor(bytes: Uint8Array, signature: GraphSignature) {
    this.#signature = signature;
    this.#inputNames = Object.keys(signature.inputs);
    this.#inputKeys = Object.values(signature.inputs)
      .map((input) => outputName(input.reference))
      .join(',');
    this.#outputKeys = Object.keys(signature.outputs);
    this.#outputNames = Object.values(signature.outputs)
      .map((output) => outputName(output.reference))
      .join(',');
    this.#id = attempt(() => load(bytes), 'loading a graph');
  }

  /** Runs the graph; the caller disposes of every output. The thread blocks meanwhile. */
  run(inputs: Readonly<Record<string, GraphInput>>): Record<string, NativeHandle> {
    const { binding } = native();
    const made: NativeHandle[] = [];
    try {
      const ids = this.#inputNames.map((name) => {
        const input = inputs[name];
        if (input === undefined) throw new LockstepError('INTERNAL', `the graph's input ${name} is missing`);
        if (input instanceof NativeHandle) return input.id;
        const endpoint = this.#signature.inputs[name] as Graph['inputs'][string];
        const handle = attempt(() => nativeHandle(endpoint.dtype, endpoint.shape, input), name);
        made.push(handle);
        return handle.id;
      });
      const outputs: NativeTensor[] = attempt(
        () => binding.runSavedModel(this.#id, ids, this.#inputKeys, this.#outputNames),
        'running a graph',
      );
      const handles = this.#outputKeys.map((key, index): [string, NativeHandle] => {
        const output = outputs[index] as NativeTensor;
        return [key, new NativeHandle(output.id, bytesOf(output))];
      });
      graphHasRun();
      return Object.fromEntries(handles);
    } finally {
      for (const handle of made) handle.dispose();
    }
  }

  dispose(): void {
    native().binding.deleteSavedModel(this.#id);
  }
}

/** TensorFlow loads graphs from folders only, and reads all of it at once: the folder is there for as long as that takes. */
function load(bytes: Uint8Array): number {
  const folder = mkdtempSync(path.join(tmpdir(), 'lockstep-graph-'));
  try {
    writeFileSync(path.join(folder, 'saved_model.pb'), bytes);
    return native().binding.loadSavedModel(folder, 'serve');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function attempt<T>(call: () => T, what: string): T {
  try {
    return call();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const layer = layerNamedIn(reason);
    const where = layer === undefined ? what : `layer ${layer}: ${what}`;
    throw new LockstepError('NATIVE_FAILED', `${where}: ${reason}`, { cause });
  }
}
