import type { Sequential, Tensor, TensorInfo } from '@tensorflow/tfjs-node';
import { describe, expect, it } from 'vitest';
import { encodeSavedModel } from '../graph/saved-model.js';
import { native } from '../native/tensorflow.js';
import { recordSlice, stackSlices } from '../slice-graph.js';
import { SliceRunner } from '../slice-runner.js';
import { smallPlan } from '../testing/small-plan.js';
import { buildTfjsModel } from './tfjs-model.js';

const plan = smallPlan([
  { type: 'dense', units: 4, name: 'before' },
  { type: 'activation', activation: 'linear', name: 'custom' },
  { type: 'dense', units: 3, name: 'after' },
]);

/** The plan's model, with a layer in the middle that does what the test says. */
function modelWith(compute: (input: Tensor) => Tensor): Sequential {
  const { tf } = native();
  class CustomLayer extends tf.layers.Layer {
    static readonly className = 'CustomLayer';
    override computeOutputShape(shape: number[]): number[] {
      return shape;
    }
    override call(input: Tensor | Tensor[]): Tensor {
      return compute(Array.isArray(input) ? (input[0] as Tensor) : input);
    }
  }
  const model = buildTfjsModel(plan.model);
  model.layers[1] = new CustomLayer({ name: 'custom' });
  return model;
}

/** A layer whose gradient does what the test says. */
function modelWithGradient(gradient: (outputGradient: Tensor) => Tensor): Sequential {
  const { tf } = native();
  return modelWith(tf.customGrad((input) => ({ value: (input as Tensor).clone(), gradFunc: gradient })));
}

/** Eagerly TensorFlow infers the attribute T; in a graph it must be there. */
function squeezeWithoutType(input: Tensor): TensorInfo {
  return native().backend.executeSingleOutput('Squeeze', [], [input]);
}

function recordAndRun(model: Sequential): void {
  const bytes = encodeSavedModel(stackSlices(plan, recordSlice(plan, model, 'train', 4), 1));
  const runner = new SliceRunner({
    graphs: { 'train:4x1': bytes },
    parameters: plan.model.parameters,
    featureShape: [4],
    dtype: 'float32',
    classes: 3,
    targets: 0,
  });
  try {
    runner.canary();
  } finally {
    runner.dispose();
  }
}

function refusal(message: string): unknown {
  return expect.objectContaining({ code: 'MODEL_NOT_RECORDABLE', message: expect.stringContaining(message) as string });
}

const READS = 'the value of a tensor is read in the middle of the step';

describe('A model is refused with the layer named', () => {
  it('when the layer reads a value.', () => {
    const model = modelWith((input) => {
      input.dataSync();
      return input;
    });
    expect(() => {
      recordAndRun(model);
    }).toThrow(refusal(`layer custom (activation): ${READS}`));
  });

  it('when its gradient reads a value.', () => {
    const model = modelWithGradient((gradient) => {
      gradient.dataSync();
      return gradient;
    });
    expect(() => {
      recordAndRun(model);
    }).toThrow(refusal(`layer custom (activation): its gradient: ${READS}`));
  });

  it('when it has no gradient.', () => {
    const model = modelWith((input) => native().tf.topk(input, 4).values);
    expect(() => {
      recordAndRun(model);
    }).toThrow(refusal('layer custom (activation): its gradient: TopK has no gradient'));
  });

  it('when only the loaded graph fails.', () => {
    const model = modelWith((input) => {
      const { tf } = native();
      const kept = squeezeWithoutType(input);
      return input.add(tf.engine().makeTensorFromTensorInfo(kept));
    });
    expect(() => {
      recordAndRun(model);
    }).toThrow(refusal('layer custom: loading a graph: '));
  });

  it('when only the loaded gradient fails.', () => {
    const model = modelWithGradient((gradient) => {
      return native().tf.engine().makeTensorFromTensorInfo(squeezeWithoutType(gradient));
    });
    expect(() => {
      recordAndRun(model);
    }).toThrow(refusal('layer custom: loading a graph: '));
  });
});

it('Nodes carry the name of the layer whose forward pass or gradient they belong to.', () => {
  const graph = recordSlice(plan, buildTfjsModel(plan.model), 'train', 4);
  const matMuls = graph.nodes.filter(({ op }) => op.includes('MatMul')).map(({ name }) => name.split('/', 2).join('/'));
  expect(matMuls.sort()).toEqual([
    ...Array.from({ length: 3 }, () => 'layers/after'),
    ...Array.from({ length: 3 }, () => 'layers/before'),
  ]);
});
