/**
 * TensorFlow ops that tfjs does not use, registered as tfjs kernels so that tfjs tracks their tensors, and gradients
 * that call one native op where tfjs composes several.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node';
import { native, type NativeBackend, type NativeOpAttribute } from './tensorflow.js';

interface KernelCall {
  readonly inputs: Record<string, TensorInfo>;
  readonly backend: unknown;
  readonly attrs: Record<string, unknown>;
}

function typeAttribute(name: string, dtype: 'float32' | 'int32'): NativeOpAttribute {
  const { binding } = native();
  return { name, type: binding.TF_ATTR_TYPE, value: dtype === 'float32' ? binding.TF_FLOAT : binding.TF_INT32 };
}

function register(kernelName: string, kernel: (call: KernelCall, backend: NativeBackend) => TensorInfo | TensorInfo[]) {
  native().tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: (call) => kernel(call as unknown as KernelCall, native().backend),
  });
}

function input(call: KernelCall, name: string): TensorInfo {
  return call.inputs[name] as TensorInfo;
}

let registered = false;

/** Registers the kernels and gradients, once per thread. */
export function registerKernels(): void {
  if (registered) return;
  registered = true;
  registerActivationGradient('Relu', 'ReluGrad');
  registerActivationGradient('Sigmoid', 'SigmoidGrad');
  registerActivationGradient('Tanh', 'TanhGrad');
  register('SparseSoftmaxCrossEntropyWithLogits', (call, backend) =>
    backend.executeMultipleOutputs(
      'SparseSoftmaxCrossEntropyWithLogits',
      [typeAttribute('T', 'float32'), typeAttribute('Tlabels', 'int32')],
      [input(call, 'features'), input(call, 'labels')],
      2,
    ),
  );
  // tfjs's own kernel reads the indices to check them, which a recording cannot.
  register('GatherUnchecked', (call, backend) => {
    const { binding } = native();
    const attributes = [
      { name: 'batch_dims', type: binding.TF_ATTR_INT, value: 0 },
      typeAttribute('Tparams', 'float32'),
      typeAttribute('Tindices', 'int32'),
      typeAttribute('Taxis', 'int32'),
    ];
    return backend.executeSingleOutput('GatherV2', attributes, [
      input(call, 'values'),
      input(call, 'indices'),
      input(call, 'axis'),
    ]);
  });
  register('StatelessRandomUniform', (call, backend) =>
    backend.executeSingleOutput(
      'StatelessRandomUniform',
      [typeAttribute('T', 'int32'), typeAttribute('dtype', 'float32'), typeAttribute('Tseed', 'int32')],
      [input(call, 'shape'), input(call, 'seed')],
    ),
  );
}

/**
 * Gives `kernel` (an elementwise activation that saves its output) a gradient of one native op. tfjs's own gradient of
 * ReLU is five ops with large constants.
 */
function registerActivationGradient(kernel: string, op: string): void {
  const { tf } = native();
  // ReluGrad takes (gradients, features), SigmoidGrad and TanhGrad take (y, dy).
  register(op, (call, backend) =>
    backend.executeSingleOutput(
      op,
      [typeAttribute('T', 'float32')],
      op === 'ReluGrad' ? [input(call, 'dy'), input(call, 'y')] : [input(call, 'y'), input(call, 'dy')],
    ),
  );
  tf.unregisterGradient(kernel);
  tf.registerGradient({
    kernelName: kernel,
    outputsToSave: [true],
    gradFunc: (dy, saved) => ({
      x: () => runKernel(op, { dy: dy as Tensor, y: saved[0] as Tensor }) as Tensor,
    }),
  });
}

function runKernel(name: string, inputs: Record<string, Tensor>): Tensor | Tensor[] {
  return native().tf.engine().runKernel(name, inputs);
}

/**
 * Softmax cross-entropy of each sample, with the gradient that the same native op computes.
 * @param logits (S, classes) float32
 * @param labels (S) int32 class numbers
 * @returns (S) float32
 */
export function sparseSoftmaxCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const { tf } = native();
  const compute = tf.customGrad((features, save) => {
    const outputs = runKernel('SparseSoftmaxCrossEntropyWithLogits', { features: features as Tensor, labels });
    const [loss, backprop] = outputs as [Tensor, Tensor];
    (save as (tensors: Tensor[]) => void)([backprop]);
    return {
      value: loss,
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(saved[0] as Tensor, tf.expandDims(dy, 1)),
    };
  });
  return compute(logits);
}

/**
 * The values at these places.
 * @param values (n) float32
 * @param indices (S) int32, from 0 to n - 1: the graph fails elsewhere
 * @returns (S) float32; without a gradient
 */
export function gather(values: Tensor, indices: Tensor): Tensor {
  return runKernel('GatherUnchecked', { values, indices, axis: native().tf.scalar(0, 'int32') }) as Tensor;
}

/**
 * Uniform numbers in [0, 1) that depend on the seed alone.
 * @param seed (2) int32, a placeholder while recording
 */
export function seededUniform(shape: readonly number[], seed: Tensor): Tensor {
  const { tf } = native();
  return runKernel('StatelessRandomUniform', { shape: tf.tensor1d([...shape], 'int32'), seed }) as Tensor;
}
