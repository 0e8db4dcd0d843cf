/**
 * Records a tfjs computation as a TensorFlow graph. Every tfjs-node kernel ends in the backend's executeSingleOutput or
 * executeMultipleOutputs, with TensorFlow's own op names and attributes; while a recording runs, both also write a
 * node. Tensors that the recording did not make and was not told about become constants.
 */
import { LockstepError } from '@lockstep/core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-node';
import { native, scoped, type NativeBinding, type NativeOpAttribute, type TensorValues } from '../native/tensorflow.js';
import { scopedNodeName } from './layer-scope.js';
import {
  constant,
  DATA_TYPES,
  placeholder,
  type AttributeValue,
  type DataTypeName,
  type Graph,
  type GraphEndpoint,
  type GraphNode,
} from './nodes.js';

/** Attributes that tfjs passes and TensorFlow's op does not have. */
const SURPLUS_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = { Conv2D: ['TI'] };

/** Type attributes that tfjs leaves to the eager runtime to infer, with the input that decides each. */
const INFERRED_TYPES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ExpandDims: { T: 0, Tdim: 1 },
};

class Recording {
  readonly nodes: GraphNode[] = [];
  /** From a tensor's data to the node output that makes it. */
  readonly #references = new WeakMap<object, string>();
  /** Data that depends on a placeholder: its values are not known while recording. */
  readonly #symbolic = new WeakSet<object>();
  #counter = 0;

  input(name: string, tensor: TensorInfo): void {
    this.nodes.push(placeholder(name, dataType(tensor), tensor.shape));
    this.#references.set(tensor.dataId, name);
    this.#symbolic.add(tensor.dataId);
  }

  isSymbolic(dataId: object): boolean {
    return this.#symbolic.has(dataId);
  }

  operation(
    op: string,
    attributes: readonly NativeOpAttribute[],
    inputs: readonly TensorInfo[],
    outputs: readonly TensorInfo[],
  ): void {
    const name = scopedNodeName(`${op}_${String(this.#counter++)}`);
    const surplus = SURPLUS_ATTRIBUTES[op] ?? [];
    const kept = attributes.filter((attribute) => !surplus.includes(attribute.name));
    const { binding } = native();
    const inferred = Object.entries(INFERRED_TYPES[op] ?? {}).map(([attribute, index]) => {
      const value = DATA_TYPES[dataType(inputs[index] as TensorInfo)];
      return [attribute, { kind: 'type', value }] as const;
    });
    this.nodes.push({
      name,
      op,
      inputs: inputs.map((input) => this.reference(input)),
      attributes: Object.fromEntries([
        ...inferred,
        ...kept.map((attribute) => [attribute.name, attributeValue(binding, attribute)] as const),
      ]),
    });
    outputs.forEach((output, index) => {
      this.#references.set(output.dataId, index === 0 ? name : `${name}:${String(index)}`);
      // Randomness without a placeholder would freeze too, so what a recorded op makes is never read back.
      this.#symbolic.add(output.dataId);
    });
  }

  reference(tensor: TensorInfo): string {
    const known = this.#references.get(tensor.dataId);
    if (known !== undefined) return known;
    const values = native().backend.readSync(tensor.dataId);
    const name = scopedNodeName(`constant_${String(this.#counter++)}`);
    const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    this.nodes.push(constant(name, DATA_TYPES[dataType(tensor)], tensor.shape, content));
    this.#references.set(tensor.dataId, name);
    return name;
  }
}

function dataType(tensor: TensorInfo): DataTypeName {
  if (tensor.dtype === 'float32' || tensor.dtype === 'int32' || tensor.dtype === 'bool') return tensor.dtype;
  throw new LockstepError('MODEL_NOT_RECORDABLE', `a tensor of type ${tensor.dtype} cannot be recorded`);
}

function attributeValue(binding: NativeBinding, attribute: NativeOpAttribute): AttributeValue {
  const { type, value } = attribute;
  switch (type) {
    case binding.TF_ATTR_TYPE:
      return { kind: 'type', value: value as number | number[] };
    case binding.TF_ATTR_INT:
      return { kind: 'int', value: value as number | number[] };
    case binding.TF_ATTR_FLOAT:
      return { kind: 'float', value: value as number | number[] };
    case binding.TF_ATTR_BOOL:
      return { kind: 'bool', value: value as boolean | boolean[] };
    case binding.TF_ATTR_STRING:
      return { kind: 'string', value: String(value) };
    case binding.TF_ATTR_SHAPE:
      return { kind: 'shape', value: value as number[] };
    default:
      throw new LockstepError('MODEL_NOT_RECORDABLE', `attribute ${attribute.name} has an unknown type`);
  }
}

/** Replaces the backend's three doors by recording ones while `run` runs. */
function intercept<T>(recording: Recording, run: () => T): T {
  const { backend } = native();
  const single = backend.executeSingleOutput;
  const multiple = backend.executeMultipleOutputs;
  const read = backend.readSync;
  backend.executeSingleOutput = function (op, attributes, inputs) {
    const output = single.call(backend, op, attributes, inputs);
    recording.operation(op, attributes, inputs, [output]);
    return output;
  };
  backend.executeMultipleOutputs = function (op, attributes, inputs, count) {
    const outputs = multiple.call(backend, op, attributes, inputs, count);
    recording.operation(op, attributes, inputs, outputs);
    return outputs;
  };
  backend.readSync = function (dataId): TensorValues {
    if (!recording.isSymbolic(dataId)) return read.call(backend, dataId);
    throw new LockstepError('MODEL_NOT_RECORDABLE', 'the value of a tensor is read in the middle of the step', {
      hint: 'A recorded step runs as one native graph: what it does cannot depend on values read back to JavaScript.',
    });
  };
  try {
    return run();
  } finally {
    backend.executeSingleOutput = single;
    backend.executeMultipleOutputs = multiple;
    backend.readSync = read;
  }
}

/**
 * Runs `compute` once on example values and returns what it did as a graph.
 * @param inputs example tensors by name; each becomes a placeholder of its shape and dtype
 * @param compute returns the graph's outputs by name
 * @throws LockstepError MODEL_NOT_RECORDABLE
 */
export function recordGraph(
  inputs: Readonly<Record<string, Tensor>>,
  compute: () => Readonly<Record<string, Tensor>>,
): Graph {
  const recording = new Recording();
  for (const [name, tensor] of Object.entries(inputs)) recording.input(name, tensor);
  return scoped(() => {
    const results = intercept(recording, compute);
    const endpoint = (tensor: Tensor): GraphEndpoint => ({
      reference: recording.reference(tensor),
      dtype: dataType(tensor),
      shape: tensor.shape,
    });
    const endpoints = (tensors: Readonly<Record<string, Tensor>>) =>
      Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, endpoint(tensor)]));
    return { nodes: recording.nodes, inputs: endpoints(inputs), outputs: endpoints(results) };
  });
}
