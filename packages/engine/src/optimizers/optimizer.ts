/**
 * An optimiser is an init/update pair, as in optax: state goes in and comes out, nothing is kept. `update` is recorded
 * once into a native graph that the parameter server runs at every step.
 */
import type { Tensor } from '@tensorflow/tfjs-node';

/** A vector of the parameters' length that the optimiser carries from step to step. */
export interface StateSlot {
  readonly name: string;
  readonly initialValue: number;
}

export interface UpdateInput {
  /** (P) float32 */
  readonly parameters: Tensor;
  /** (P) float32: the average over the minibatch */
  readonly gradient: Tensor;
  /** One (P) float32 a slot, in the slots' order. */
  readonly state: readonly Tensor[];
  /** What changes from step to step, float32 scalars in the order of `scalars`. */
  readonly scalars: readonly Tensor[];
}

export interface UpdateOutput {
  readonly parameters: Tensor;
  readonly state: readonly Tensor[];
}

export interface Optimizer {
  readonly slots: readonly StateSlot[];
  /**
   * The step's scalars, in float64 by + - * / alone, so that every machine gets the same.
   * @param step 1 for the first update
   */
  scalars(learningRate: number, step: number): readonly number[];
  update(input: UpdateInput): UpdateOutput;
}
