/**
 * Records what a trained model answers with: the forward pass in evaluation, with the features' scaling before it and
 * softmax or sigmoid behind it where the model itself gives logits.
 */
import type { ModelOutput, ModelPlan } from '@lockstep/core';
import type { Sequential, Tensor } from '@tensorflow/tfjs-node';
import {
  DATA_TYPES,
  int32Constant,
  placeholder,
  type AttributeValue,
  type Graph,
  type GraphNode,
} from '../graph/nodes.js';
import { recordGraph } from '../graph/recorder.js';
import { forward } from '../model/forward.js';
import { buildTfjsModel, withWeights } from '../model/tfjs-model.js';
import { registerKernels } from '../native/kernels.js';
import { native, scoped } from '../native/tensorflow.js';

export interface ForwardModel {
  readonly plan: ModelPlan;
  /** The graph computes (x - offset) * scale; an array has one a element of the last axis. */
  readonly offset: number | readonly number[];
  readonly scale: number | readonly number[];
  readonly activation: ModelOutput['activation'];
}

const T_FLOAT: AttributeValue = { kind: 'type', value: DATA_TYPES.float32 };
const T_INT: AttributeValue = { kind: 'type', value: DATA_TYPES.int32 };

/**
 * @returns a graph with the inputs `parameters` (flat, float32) and `x` (samples x features, float32, not scaled yet) and
 *   the output `outputs`
 * @throws LockstepError MODEL_NOT_RECORDABLE, naming the layer
 */
export function recordForward(model: ForwardModel, samples: number): Graph {
  registerKernels();
  const { tf } = native();
  const layers = buildTfjsModel(model.plan);
  try {
    return scoped(() => {
      const inputs = {
        parameters: tf.zeros([model.plan.parameters]),
        x: tf.zeros([samples, ...model.plan.inputShape]),
      };
      return recordGraph(inputs, () => ({ outputs: answers(model, layers, inputs.parameters, inputs.x) }));
    });
  } finally {
    layers.dispose();
  }
}

function answers({ plan, offset, scale, activation }: ForwardModel, layers: Sequential, parameters: Tensor, x: Tensor) {
  const { tf } = native();
  const scaled = x.sub(constantOf(offset)).mul(constantOf(scale));
  const options = { training: false, seed: tf.zeros([2], 'int32'), leaveOut: undefined };
  const outputs = withWeights(layers, weightsOf(plan, parameters), () => forward(layers, plan, scaled, options));
  if (activation === 'softmax') return tf.softmax(outputs);
  // Also where the outputs are the very input: an endpoint of its own.
  return activation === 'sigmoid' ? tf.sigmoid(outputs) : tf.reshape(outputs, outputs.shape);
}

function constantOf(value: number | readonly number[]): Tensor {
  const { tf } = native();
  return typeof value === 'number' ? tf.scalar(value) : tf.tensor1d([...value]);
}

/** The flat vector cut into the weights' tensors. */
function weightsOf({ weights }: ModelPlan, parameters: Tensor): Tensor[] {
  if (weights.length === 0) return [];
  const pieces = native().tf.split(
    parameters,
    weights.map(({ size }) => size),
  );
  return pieces.map((piece, index) => piece.reshape([...(weights[index]?.shape ?? [])]));
}

/**
 * The graph of `copies` samples in one native call, each computed alone as in the graph of one sample. A sample's bits
 * then do not depend on its neighbours; in one matrix product of all they would, since kernels sum in an order that
 * depends on the number of rows and on the row's place.
 * @param forward of one sample
 */
export function composeSamples(forward: Graph, copies: number): Graph {
  const shape = forward.inputs.x?.shape ?? [];
  const stacked = [copies, ...shape.slice(1)];
  const shared = sharedNodes(forward);
  const nodes: GraphNode[] = [
    placeholder('x', 'float32', stacked),
    ...forward.nodes.filter(({ name }) => shared.has(name)),
  ];
  const results: string[] = [];
  for (let copy = 0; copy < copies; copy += 1) {
    const prefix = `sample_${copy}/`;
    const rename = (reference: string): string => (shared.has(producer(reference)) ? reference : prefix + reference);
    nodes.push(...cutRow(prefix, copy, shape));
    for (const node of forward.nodes) {
      if (shared.has(node.name) || node.op === 'Placeholder') continue;
      nodes.push({ ...node, name: prefix + node.name, inputs: node.inputs.map(rename) });
    }
    results.push(rename(forward.outputs.outputs?.reference ?? ''));
  }
  nodes.push(int32Constant('outputs/axis', [], [0]), {
    name: 'outputs',
    op: copies === 1 ? 'Identity' : 'ConcatV2',
    inputs: copies === 1 ? results : [...results, 'outputs/axis'],
    attributes: copies === 1 ? { T: T_FLOAT } : { N: { kind: 'int', value: copies }, T: T_FLOAT, Tidx: T_INT },
  });
  const outputShape = [copies, ...(forward.outputs.outputs?.shape.slice(1) ?? [])];
  return {
    nodes,
    inputs: {
      parameters: { reference: 'parameters', dtype: 'float32', shape: forward.inputs.parameters?.shape ?? [] },
      x: { reference: 'x', dtype: 'float32', shape: stacked },
    },
    outputs: { outputs: { reference: 'outputs', dtype: 'float32', shape: outputShape } },
  };
}

/** Nodes that depend on the parameters alone: the copies share them. */
function sharedNodes(forward: Graph): Set<string> {
  const shared = new Set<string>();
  for (const { name, inputs } of forward.nodes) {
    if (name !== 'x' && inputs.every((input) => shared.has(producer(input)))) shared.add(name);
  }
  return shared;
}

function producer(reference: string): string {
  return reference.replace(/^\^/, '').replace(/:\d+$/, '');
}

function cutRow(prefix: string, row: number, shape: readonly number[]): GraphNode[] {
  const begins = shape.map((_, axis) => (axis === 0 ? row : 0));
  return [
    int32Constant(`${prefix}begin`, [shape.length], begins),
    int32Constant(`${prefix}size`, [shape.length], shape),
    {
      name: `${prefix}x`,
      op: 'Slice',
      inputs: ['x', `${prefix}begin`, `${prefix}size`],
      attributes: { T: T_FLOAT, Index: T_INT },
    },
  ];
}
