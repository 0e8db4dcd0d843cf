/** Whether a planned model fits the job's task, loss and data. */
import type { Fault } from '../errors.js';
import type { LayerPlan, ModelPlan } from '../model/model-plan.js';
import { elementCount, formatShape } from '../model/shape.js';
import type { Loss, Task } from './job-file.js';
import type { DataPlan, OutputActivation } from './job-plan.js';

/**
 * Multiply-adds of making one orthogonal matrix, above which a job is refused: about ten seconds of the coordinator's
 * time.
 */
const MAX_ORTHOGONAL_COST = 1e10;

export function checkModel(model: ModelPlan, task: Task, loss: Loss, data: DataPlan): Fault[] {
  const output = checkOutput(model, task, data);
  const faults = [...output, ...checkInitializers(model)];
  if (model.trainableParameters === 0) faults.push(nothingToTrain(model));
  // Of an output of the wrong size nothing more is worth saying.
  if (output.length === 0) faults.push(...checkLoss(model, task, loss));
  return faults;
}

/** Whether the last layer makes probabilities, so that a crossentropy is to be computed from what goes into it. */
export function outputActivation(model: ModelPlan): OutputActivation {
  const last = model.layers.at(-1);
  const activation = last && activationOf(last);
  return activation === 'softmax' || activation === 'sigmoid' ? activation : 'none';
}

/** The loss that is computed: with two outputs, binary crossentropy is crossentropy. */
export function plannedLoss(model: ModelPlan, loss: Loss): Loss {
  return loss === 'binaryCrossentropy' && elementCount(model.outputShape) === 2 ? 'crossentropy' : loss;
}

function nothingToTrain({ parameters }: ModelPlan): Fault {
  const message =
    parameters === 0
      ? 'must have a layer with weights, such as dense: there is nothing to train'
      : 'must have a layer with weights that is trainable: there is nothing to train';
  return { path: 'model.layers', message };
}

function checkOutput(model: ModelPlan, task: Task, data: DataPlan): Fault[] {
  const { inputShape, outputShape, layers } = model;
  const fits = (...sizes: number[]): boolean => outputShape.length === 1 && sizes.includes(outputShape[0] ?? 0);
  const must = (wanted: string): Fault[] => {
    const message = `the last layer must give ${wanted}, got ${formatShape(outputShape)}`;
    return [{ path: placeOf(layers, layers.length - 1), message }];
  };
  switch (task) {
    case 'multiclass': {
      const classes = data.classNames.length;
      return fits(classes) ? [] : must(`${formatShape([classes])}, one output for each class`);
    }
    case 'binary':
      return fits(1, 2) ? [] : must('[1], or [2] with one output for each class');
    case 'regression': {
      const targets = data.targetNames.length;
      return fits(targets) ? [] : must(`${formatShape([targets])}, one output for each value`);
    }
    case 'autoencoder': {
      const elements = elementCount(inputShape);
      if (elementCount(outputShape) === elements) return [];
      return must(`${elements} outputs, one for each element of the input ${formatShape(inputShape)}`);
    }
  }
}

function checkLoss(model: ModelPlan, task: Task, loss: Loss): Fault[] {
  const outputs = elementCount(model.outputShape);
  if (task === 'binary' && loss === 'crossentropy' && outputs === 1) {
    const message = 'crossentropy needs an output for each class; use binaryCrossentropy with one output';
    return [{ path: 'training.loss', message }];
  }
  if (loss === 'crossentropy' || loss === 'binaryCrossentropy') {
    return checkLogits(model, loss, outputs === 1 ? 'sigmoid' : 'softmax');
  }
  return [];
}

/** A crossentropy takes logits of any sign and size: squeezed ones train badly without any error. */
function checkLogits({ layers }: ModelPlan, loss: Loss, allowed: Exclude<OutputActivation, 'none'>): Fault[] {
  // Layers that only rearrange pass the activation of the layer before them on.
  let index = layers.length - 1;
  while (index >= 0 && ['flatten', 'reshape', 'dropout'].includes(layers[index]?.type ?? '')) index -= 1;
  const layer = layers[index];
  const activation = layer && activationOf(layer);
  if (activation === undefined || activation === 'linear') return [];
  if (activation === allowed && index === layers.length - 1) return [];
  const message =
    activation === allowed
      ? `${allowed} must be on the very last layer for ${loss}`
      : `${loss} takes logits: the last activation must be linear or ${allowed}, got ${activation}`;
  return [{ path: placeOf(layers, index), message }];
}

/** The activation that a feed-forward layer ends with; undefined for the other kinds of layers. */
function activationOf(layer: LayerPlan): string | undefined {
  switch (layer.type) {
    case 'dense':
    case 'conv1d':
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'conv2dTranspose':
    case 'activation':
      return layer.options.activation;
    default:
      return undefined;
  }
}

function checkInitializers({ layers }: ModelPlan): Fault[] {
  return layers.flatMap((layer, index) =>
    layer.weights.flatMap(({ name, shape, size, initializer }) => {
      if (initializer.type !== 'orthogonal') return [];
      const columns = shape.at(-1) ?? 1;
      const rank = Math.min(columns, size / columns);
      const path = placeOf(layers, index);
      if (shape.length < 2) return [{ path, message: `${name} has one dimension, orthogonal needs two` }];
      if (size * rank <= MAX_ORTHOGONAL_COST) return [];
      return [{ path, message: `${name} of ${formatShape(shape)} is too large for orthogonal; use glorotUniform` }];
    }),
  );
}

function placeOf(layers: readonly LayerPlan[], index: number): string {
  return `model.layers[${index}] (${layers[index]?.name ?? ''})`;
}
