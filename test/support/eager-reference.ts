/**
 * What plain tfjs computes for a job, op by op with tfjs's own gradients and nothing recorded: the reference that the
 * engine is compared with. It shares no code with the engine. Import it before anything is recorded, because recording
 * replaces some of tfjs's gradients in the whole process.
 */
import { createRequire } from 'node:module';
import type { JobPlan, LayerPlan } from '@lockstep/core';
import { applyNativeEnvironment } from '@lockstep/engine';
import type * as TensorFlow from '@tensorflow/tfjs-node';
import type { GradConfig, layers, Sequential, Tensor, Variable } from '@tensorflow/tfjs-node';

applyNativeEnvironment();
export const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node') as typeof TensorFlow;

const plainGradients = new Map<string, GradConfig>();
for (const { kernelName } of tf.getKernelsForBackend('tensorflow')) {
  const gradient = tf.getGradient(kernelName);
  if (gradient !== undefined) plainGradients.set(kernelName, gradient);
}
if (tf.getKernel('ReluGrad', 'tensorflow') !== undefined) {
  throw new Error('Import eager-reference.ts before the engine records: tfjs has lost its own gradients.');
}

/** Runs `compute` with the gradients that tfjs came with. */
function withPlainGradients<T>(compute: () => T): T {
  const replaced = [...plainGradients].flatMap(([name, plain]) => {
    const current = tf.getGradient(name);
    return current === plain ? [] : [{ plain, current }];
  });
  replaced.forEach(({ plain }) => setGradient(plain));
  try {
    return compute();
  } finally {
    replaced.forEach(({ current }) => setGradient(current));
  }
}

function setGradient(config: GradConfig): void {
  tf.unregisterGradient(config.kernelName);
  tf.registerGradient(config);
}

/** Rows of features, as the dataset has them (not scaled), and their class numbers or rows of targets. */
export interface Samples {
  readonly x: Uint8Array | Float32Array;
  readonly y: Int32Array | Float32Array;
}

/** How many samples they are. */
export function countSamples({ data }: JobPlan, { y }: Samples): number {
  return y.length / Math.max(1, data.targetNames.length);
}

/** The rows with these numbers. */
export function pickSamples(plan: JobPlan, { x, y }: Samples, rows: Iterable<number>): Samples {
  const width = plan.data.featureShape.reduce((product, size) => product * size, 1);
  const picked = [...rows];
  const features =
    x instanceof Uint8Array ? new Uint8Array(picked.length * width) : new Float32Array(picked.length * width);
  picked.forEach((row, index) => features.set(x.subarray(row * width, (row + 1) * width), index * width));
  if (y instanceof Int32Array) return { x: features, y: Int32Array.from(picked, (row) => y[row] as number) };
  const targets = plan.data.targetNames.length;
  return {
    x: features,
    y: Float32Array.from(picked.flatMap((row) => [...y.subarray(row * targets, (row + 1) * targets)])),
  };
}

/** What a dropout layer multiplies its input by; the reference cannot draw the engine's random numbers. */
export type DropoutMask = (layer: number, shape: readonly number[]) => Tensor;

export interface EagerSums {
  /** Of the loss summed over the samples, in the plan's order. */
  readonly gradient: Float32Array;
  readonly loss: number;
}

export class EagerReference {
  readonly #plan: JobPlan;
  readonly #model: Sequential;

  constructor(plan: JobPlan) {
    this.#plan = plan;
    this.#model = buildModel(plan);
  }

  setWeights(flat: Float32Array): void {
    tf.tidy(() => {
      this.#model.setWeights(
        this.#plan.model.weights.map(({ offset, size, shape }) =>
          tf.tensor(flat.slice(offset, offset + size), [...shape]),
        ),
      );
    });
  }

  weights(): Float32Array {
    return tf.tidy(() =>
      tf.concat(this.#model.getWeights().map((weight) => weight.flatten())).dataSync(),
    ) as Float32Array;
  }

  /** Gradient and loss in training: as training does, with the masks of the dropout layers. */
  sums(samples: Samples, mask?: DropoutMask): EagerSums {
    return withPlainGradients(() =>
      tf.tidy(() => {
        const variables = this.#variables();
        const { value, grads } = tf.variableGrads(() => this.#loss(samples, { training: true, mask }), variables);
        const gradient = tf.concat(variables.map((variable) => (grads[variable.name] as Tensor).flatten()));
        return { gradient: gradient.dataSync() as Float32Array, loss: value.dataSync()[0] as number };
      }),
    );
  }

  /** Summed loss without training, and the model's outputs (logits where the loss is crossentropy), row by row. */
  evaluate(samples: Samples): { loss: number; outputs: Float32Array } {
    return tf.tidy(() => ({
      loss: this.#loss(samples, { training: false }).dataSync()[0] as number,
      outputs: this.#forward(samples, { training: false }).dataSync() as Float32Array,
    }));
  }

  /** One step of plain gradient descent on the mean loss; returns that loss as it was before. */
  step(samples: Samples, learningRate: number, mask?: DropoutMask): number {
    return withPlainGradients(() => {
      const optimizer = tf.train.sgd(learningRate);
      const weight = this.#weights(samples).sum();
      const mean = () => this.#loss(samples, { training: true, mask }).div(weight).asScalar();
      const loss = tf.tidy(() => optimizer.minimize(mean, true, this.#variables())?.dataSync()[0]) as number;
      optimizer.dispose();
      return loss;
    });
  }

  dispose(): void {
    this.#model.dispose();
  }

  #variables(): Variable[] {
    return this.#model.trainableWeights.map((weight) => weight.read() as Variable);
  }

  #forward(samples: Samples, { training, mask }: { training: boolean; mask?: DropoutMask | undefined }): Tensor {
    const input = this.#features(samples);
    return this.#model.layers.reduce((input: Tensor, layer, index) => {
      if (layer.getClassName() !== 'Dropout' || !training) return layer.apply(input) as Tensor;
      if (mask === undefined) throw new Error('A model with dropout needs a mask.');
      return input.mul(mask(index, input.shape));
    }, input);
  }

  /** As the model sees them. */
  #features(samples: Samples): Tensor {
    const { featureShape, offset, scale } = this.#plan.data;
    const raw = tf.tensor(Float32Array.from(samples.x), [countSamples(this.#plan, samples), ...featureShape]);
    return raw.sub(offset as number).mul(scale);
  }

  /** What each sample counts in the loss, (S). */
  #weights(samples: Samples): Tensor {
    const { classWeights } = this.#plan;
    if (classWeights === null) return tf.ones([countSamples(this.#plan, samples)]);
    return tf.tensor1d([...samples.y].map((label) => classWeights[label] as number));
  }

  #loss(samples: Samples, options: { training: boolean; mask?: DropoutMask | undefined }): TensorFlow.Scalar {
    const { loss } = this.#plan;
    const output = this.#forward(samples, options);
    return this.#losses(loss, output, samples).mul(this.#weights(samples)).sum().asScalar();
  }

  /** One a sample. */
  #losses(loss: JobPlan['loss'], output: Tensor, samples: Samples): Tensor {
    const count = countSamples(this.#plan, samples);
    const flat = output.reshape([count, -1]);
    const target = this.#target(samples, flat.shape[1] as number);
    if (loss === 'crossentropy') return target.mul(tf.logSoftmax(flat)).sum(-1).neg();
    // tfjs has this loss only averaged over the batch, which is the loss of a sample where the batch is one.
    if (loss === 'binaryCrossentropy') {
      const rows = tf
        .split(flat, count)
        .map((row, index) => tf.losses.sigmoidCrossEntropy(target.slice([index], [1]), row));
      return tf.stack(rows).flatten();
    }
    const error = flat.sub(target);
    return (loss === 'meanSquaredError' ? error.square() : error.abs()).mean(-1);
  }

  /** (S x outputs): the features, the values, or 1 for the right class. */
  #target(samples: Samples, width: number): Tensor {
    const { spec, data } = this.#plan;
    const count = countSamples(this.#plan, samples);
    if (spec.task === 'autoencoder') return this.#features(samples).reshape([count, -1]);
    if (data.targetNames.length > 0 || width === 1) return tf.tensor2d(Float32Array.from(samples.y), [count, width]);
    return tf.oneHot(tf.tensor1d(samples.y, 'int32'), width).cast('float32');
  }
}

type LayerFactory = (options: object) => layers.Layer;

function buildModel(plan: JobPlan): Sequential {
  const factories = tf.layers as unknown as Record<string, LayerFactory>;
  const last = plan.model.layers.length - 1;
  return tf.sequential({
    layers: plan.model.layers.map((layer, index) => {
      const options: Record<string, unknown> = withoutInitializers(layer);
      // tfjs does not know the shape behind a reshape that has a -1.
      if (layer.type === 'reshape') options.targetShape = layer.outputShape;
      if (index === 0) options.inputShape = plan.model.inputShape;
      // A crossentropy wants logits; softmax and sigmoid are part of it.
      if (index === last && plan.loss.endsWith('rossentropy') && /softmax|sigmoid/.test(String(options.activation)))
        options.activation = 'linear';
      return (factories[layer.type] as LayerFactory)(options);
    }),
  });
}

function withoutInitializers(layer: LayerPlan): Record<string, unknown> {
  return Object.fromEntries(Object.entries(layer.options).filter(([name]) => !name.endsWith('Initializer')));
}

export interface EagerTraining {
  /** Mean loss of each minibatch, before its step. */
  readonly losses: readonly number[];
  readonly weights: Float32Array;
}

/**
 * Plain gradient descent in one process on whole minibatches, by tf.train.sgd.
 * @param initial weights in the plan's order
 * @param minibatches row numbers into `data`
 */
export function trainEagerly(
  plan: JobPlan,
  data: Samples,
  initial: Float32Array,
  minibatches: readonly Iterable<number>[],
  learningRate: number,
): EagerTraining {
  const reference = new EagerReference(plan);
  reference.setWeights(initial);
  const losses: number[] = [];
  for (const rows of minibatches) {
    const batch = pickSamples(plan, data, rows);
    losses.push(reference.step(batch, learningRate));
  }
  const weights = reference.weights();
  reference.dispose();
  return { losses, weights };
}
