/** Adds the layer's name to what goes wrong in it, forward or in its gradient, and to the nodes that it records. */
import { isLockstepError, LockstepError, type LayerPlan } from '@lockstep/core';
import type { Tensor } from '@tensorflow/tfjs-node';
import { withinLayer } from '../graph/layer-scope.js';
import { native } from '../native/tensorflow.js';

type NamedLayer = Pick<LayerPlan, 'name' | 'type'>;

/** One op of tfjs's gradient tape; see tape.ts of tfjs-core. */
interface TapeNode {
  readonly kernelName: string;
  gradient?: (outputGradients: Tensor[]) => Record<string, () => Tensor>;
}

/** The ops so far of the gradient that is being computed; none where none is. */
function tape(): readonly TapeNode[] {
  const { state } = native().tf.engine() as unknown as { state: { activeTape?: TapeNode[] | null } };
  return state.activeTape ?? [];
}

/**
 * Runs a layer.
 * @throws LockstepError MODEL_NOT_RECORDABLE with the layer's name; later too, where its gradient is computed
 */
export function namingLayer<T>(layer: NamedLayer, compute: () => T): T {
  const before = tape().length;
  const result = blamingLayer(layer, '', () => withinLayer(layer.name, compute));
  for (const node of tape().slice(before)) nameGradient(layer, node);
  return result;
}

function nameGradient(layer: NamedLayer, node: TapeNode): void {
  const { gradient, kernelName } = node;
  const within = <T>(compute: () => T): T =>
    blamingLayer(layer, 'its gradient: ', () => withinLayer(layer.name, compute));
  node.gradient = (outputGradients) =>
    within(() => {
      if (gradient === undefined) throw new LockstepError('MODEL_NOT_RECORDABLE', `${kernelName} has no gradient`);
      const parts = Object.entries(gradient(outputGradients));
      return Object.fromEntries(parts.map(([input, compute]) => [input, () => within(compute)]));
    });
}

function blamingLayer<T>({ name, type }: NamedLayer, where: string, compute: () => T): T {
  try {
    return compute();
  } catch (cause) {
    if (isLockstepError(cause) && cause.code !== 'MODEL_NOT_RECORDABLE') throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = isLockstepError(cause) ? cause.hint : undefined;
    const details = hint === undefined ? { cause } : { cause, hint };
    throw new LockstepError('MODEL_NOT_RECORDABLE', `layer ${name} (${type}): ${where}${reason}`, details);
  }
}
