/** Loads tfjs-node and gives typed access to the few members of its native binding that the engine calls directly. */
import { createRequire } from 'node:module';
import { LockstepError } from '@lockstep/core';
import type * as TensorFlow from '@tensorflow/tfjs-node';
import { applyNativeEnvironment } from './environment.js';

export type TensorValues = Float32Array | Int32Array | Uint8Array;
export type TF = typeof TensorFlow;

/** One output of a native call. */
export interface NativeTensor {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** The members of tfjs-node's addon that the engine uses; see binding/tfjs_binding.cc of that package. */
export interface NativeBinding {
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_UINT8: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_Version: string;
  createTensor(shape: readonly number[], dtype: number, values: TensorValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): TensorValues;
  loadSavedModel(directory: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: readonly number[], inputNames: string, outputNames: string): NativeTensor[];
  getNumOfTensors(): number;
}

export interface NativeOpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** The members of tfjs-node's backend through which every one of its kernels runs; the recorder replaces them. */
export interface NativeBackend {
  readonly binding: NativeBinding;
  executeSingleOutput: (
    op: string,
    attributes: NativeOpAttribute[],
    inputs: TensorFlow.TensorInfo[],
  ) => TensorFlow.TensorInfo;
  executeMultipleOutputs: (
    op: string,
    attributes: NativeOpAttribute[],
    inputs: TensorFlow.TensorInfo[],
    outputs: number,
  ) => TensorFlow.TensorInfo[];
  readSync: (dataId: object) => TensorValues;
}

export interface Native {
  readonly tf: TF;
  readonly backend: NativeBackend;
  readonly binding: NativeBinding;
}

let loaded: Native | undefined;

/**
 * tfjs-node, loaded once per thread.
 * @throws LockstepError NATIVE_MISSING when the addon or libtensorflow cannot be loaded
 */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

function load(): Native {
  applyNativeEnvironment();
  try {
    const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node') as TF;
    tf.enableProdMode();
    const backend = tf.backend() as unknown as NativeBackend;
    return { tf, backend, binding: backend.binding };
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new LockstepError('NATIVE_MISSING', `tfjs-node's native half could not be loaded: ${reason}`, {
      cause,
      hint: 'Run `npm run setup` in the project folder, then `./lockstep doctor`.',
    });
  }
}

/** Like tf.tidy, for results that are not tensors: what `compute` makes and does not keep is disposed of. */
export function scoped<T>(compute: () => T): T {
  const engine = native().tf.engine();
  engine.startScope('lockstep');
  try {
    return compute();
  } finally {
    engine.endScope();
  }
}
