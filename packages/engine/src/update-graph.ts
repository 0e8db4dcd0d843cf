/**
 * Records the parameter server's step: (parameters, gradient sums, state, scalars) -> (parameters, state), one native
 * call on whole vectors.
 */
import type { JobPlan, OptimizerSpec } from '@lockstep/core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-node';
import { clipGradient, euclideanNorm } from './gradient-clipping.js';
import { DATA_TYPES, type Graph, type GraphEndpoint, type GraphNode } from './graph/nodes.js';
import { recordGraph } from './graph/recorder.js';
import { registerKernels } from './native/kernels.js';
import { native, scoped } from './native/tensorflow.js';
import { adagrad } from './optimizers/adagrad.js';
import { adam } from './optimizers/adam.js';
import type { Optimizer } from './optimizers/optimizer.js';
import { rmsprop } from './optimizers/rmsprop.js';
import { sgd } from './optimizers/sgd.js';
import { LOSS_VALUES } from './slice-graph.js';

export function createOptimizer(spec: OptimizerSpec): Optimizer {
  switch (spec.type) {
    case 'sgd':
      return sgd(spec);
    case 'adam':
      return adam({ ...spec, weightDecay: 0 });
    case 'adamw':
      return adam(spec);
    case 'rmsprop':
      return rmsprop(spec);
    case 'adagrad':
      return adagrad(spec);
  }
}

/** Names of the update graph's state inputs and outputs. */
export function stateKeys(optimizer: Optimizer): string[] {
  return optimizer.slots.map((slot) => `state_${slot.name}`);
}

/**
 * Inputs `parameters` (P), `sums` (P + 2: gradient, loss and weight sums over the minibatch), `scalars` (n) and
 * `state_…` (P); outputs `next_parameters`, `next_state_…` and `gradient_norm` (the average gradient's Euclidean norm,
 * before clipping).
 */
export function recordUpdate(plan: JobPlan, optimizer: Optimizer): Graph {
  registerKernels();
  const size = plan.model.parameters;
  return scoped(() => {
    const { tf } = native();
    const scalarCount = optimizer.scalars(1, 1).length;
    const keys = stateKeys(optimizer);
    const inputs: Record<string, Tensor> = {
      parameters: tf.zeros([size]),
      sums: tf.ones([size + LOSS_VALUES]),
      scalars: tf.ones([scalarCount]),
    };
    for (const key of keys) inputs[key] = tf.ones([size]);
    return nameOutputs(recordGraph(inputs, () => computeUpdate(plan, optimizer, inputs)));
  });
}

function computeUpdate(
  plan: JobPlan,
  optimizer: Optimizer,
  inputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const { tf } = native();
  const size = plan.model.parameters;
  const { sums, scalars, parameters } = inputs as { sums: Tensor1D; scalars: Tensor1D; parameters: Tensor };
  const weight = sums.slice([size + LOSS_VALUES - 1], [1]).reshape<Scalar>([]);
  const gradient = sums.slice([0], [size]).div(weight);
  const keys = stateKeys(optimizer);
  const { parameters: next, state } = optimizer.update({
    parameters,
    gradient: clipGradient(plan, gradient),
    state: keys.map((key) => inputs[key] as Tensor),
    scalars: tf.unstack(scalars),
  });
  const outputs: Record<string, Tensor> = {
    next_parameters: keepFrozen(plan, parameters, next),
    gradient_norm: euclideanNorm(gradient),
  };
  keys.forEach((key, index) => {
    outputs[`next_${key}`] = state[index] as Tensor;
  });
  return outputs;
}

/** The weights of frozen layers as they were: an optimizer may move weights without any gradient, by weight decay. */
function keepFrozen({ model }: JobPlan, before: Tensor, after: Tensor): Tensor {
  const { tf } = native();
  const layers = model.layers.filter(({ parameters }) => parameters > 0);
  if (layers.every(({ trainable }) => trainable)) return after;
  const sizes = layers.map(({ parameters }) => parameters);
  const [old, moved] = [tf.split(before, sizes), tf.split(after, sizes)];
  return tf.concat(layers.map(({ trainable }, index) => (trainable ? moved : old)[index] as Tensor));
}

/** Gives every output a node of its own name, so that the graph can be run without its recording at hand. */
function nameOutputs(graph: Graph): Graph {
  const entries = Object.entries(graph.outputs);
  const named = entries.map(([name, { reference }]): GraphNode => ({
    name,
    op: 'Identity',
    inputs: [reference],
    attributes: { T: { kind: 'type', value: DATA_TYPES.float32 } },
  }));
  const outputs = entries.map(([name, output]): [string, GraphEndpoint] => [name, { ...output, reference: name }]);
  return { ...graph, nodes: [...graph.nodes, ...named], outputs: Object.fromEntries(outputs) };
}
