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
  const faults = [...checkOutput(model, task, data), ...checkInitializers(model)];
  if (model.parameters === 0) {
    faults.push({
      path: 'model.layers',
      message: 'must have a layer with weights, such as dense: there is nothing to train',
    });
  }
  if (loss === 'crossentropy') faults.push(...checkLogits(model));
  return faults;
}

/** Whether the last layer applies softmax, so that the loss is to be computed from what goes into it. */
export function outputActivation(model: ModelPlan): OutputActivation {
  const last = model.layers.at(-1);
  return last !== undefined && activationOf(last) === 'softmax' ? 'softmax' : 'none';
}

function checkOutput({ inputShape, outputShape, layers }: ModelPlan, task: Task, { classNames }: DataPlan): Fault[] {
  const path = placeOf(layers, layers.length - 1);
  const got = `got ${formatShape(outputShape)}`;
  if (task === 'multiclass') {
    if (outputShape.length === 1 && outputShape[0] === classNames.length) return [];
    const wanted = formatShape([classNames.length]);
    return [{ path, message: `the last layer must give ${wanted}, one output for each class, ${got}` }];
  }
  const elements = elementCount(inputShape);
  if (elementCount(outputShape) === elements) return [];
  const wanted = `${elements} outputs, one for each element of the input ${formatShape(inputShape)}`;
  return [{ path, message: `the last layer must give ${wanted}, ${got}` }];
}

/** Crossentropy takes logits of any sign and size: squeezed ones train badly without any error. */
function checkLogits({ layers }: ModelPlan): Fault[] {
  // Layers that only rearrange pass the activation of the layer before them on.
  let index = layers.length - 1;
  while (index >= 0 && ['flatten', 'reshape', 'dropout'].includes(layers[index]?.type ?? '')) index -= 1;
  const layer = layers[index];
  const activation = layer && activationOf(layer);
  if (activation === undefined || activation === 'linear') return [];
  if (activation === 'softmax' && index === layers.length - 1) return [];
  const wanted =
    activation === 'softmax'
      ? 'softmax must be on the very last layer for crossentropy'
      : `crossentropy takes logits: the last activation must be linear or softmax, got ${activation}`;
  return [{ path: placeOf(layers, index), message: wanted }];
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
