/**
 * The job files that `lockstep init` writes; each says what every line is for. Those for pictures run as they are on the
 * digits that `lockstep up` brings, those for tables once a dataset `my-table` was imported. `NAME` and `SCHEMA` are filled in.
 */
import type { TemplateName } from '../options.js';

const HEAD = `# yaml-language-server: $schema=SCHEMA
# What is wrong in this file is said before anything runs. Try it without running it:
#   ./lockstep train FILE --dry-run
$schema: SCHEMA # with it, editors complete keys and mark mistakes
name: NAME
`;

const DIGITS = `
data:
  train: mnist/train # <dataset>/<split>; your own: ./lockstep dataset import --help
  validation: 0.1 # share that is held out to watch how learning goes; or a split of its own
  test: mnist/test # looked at once, at the end
`;

const TABLE = `
data:
  train: my-table/train # <dataset>/<split>; how a table is imported: ./lockstep dataset import --help
  validation: 0.2 # share that is held out to watch how learning goes; or a split of its own
  test: my-table/test # looked at once, at the end
`;

const TAIL = `  # schedule: { type: cosine, warmupSteps: 100 } # how the learning rate changes; also step, exponential, plateau
  # earlyStopping: { monitor: validationLoss, patience: 3 } # ends when it gets no better; keeps the best weights

cluster:
  minWorkers: 1 # with fewer the job waits

# priority: 0 # -100 to 100: of the jobs that wait, those of higher priority run first
# checkpoint: { everySeconds: 60, keep: 3 } # also at the end of each epoch
`;

function training(epochs: number, batchSize: number, learningRate = 0.001): string {
  return `
training:
  epochs: ${epochs} # times through the training samples; or \`steps\`
  batchSize: ${batchSize} # samples a step, over all workers
  seed: 7 # all randomness comes from it: the same seed gives the same weights, bit by bit
  optimizer: { type: adam, learningRate: ${learningRate} } # also sgd, adamw, rmsprop, adagrad
`;
}

const MLP = `${HEAD}task: multiclass # each sample belongs to exactly one class
${DIGITS}
model:
  layers: # from input to output; shapes are inferred
    - { type: flatten } # 28 x 28 pixels become 784 numbers; a row of a table is flat already: leave it out
    - { type: dense, units: 128, activation: relu }
    - { type: dense, units: 10 } # one output a class, without activation: the loss applies softmax
${training(10, 64)}${TAIL}`;

const CNN = `${HEAD}task: multiclass # each picture belongs to exactly one class
${DIGITS}
model:
  layers: # from input to output; shapes are inferred: height x width x channels
    - { type: conv2d, filters: 32, kernelSize: 3, activation: relu } # looks for small patterns everywhere
    - { type: maxPooling2d, poolSize: 2 } # halves height and width
    - { type: conv2d, filters: 64, kernelSize: 3, activation: relu }
    - { type: maxPooling2d, poolSize: 2 }
    - { type: flatten }
    - { type: dense, units: 128, activation: relu }
    - { type: dropout, rate: 0.4 } # against learning the pictures by heart
    - { type: dense, units: 10 } # one output a class, without activation: the loss applies softmax
${training(5, 128)}${TAIL}`;

const AUTOENCODER = `${HEAD}task: autoencoder # the output is to equal the input
${DIGITS}
model:
  layers: # from input to output; shapes are inferred
    - { type: flatten } # 28 x 28 pixels become 784 numbers
    - { type: dense, units: 128, activation: relu }
    - { type: dense, units: 32, activation: relu } # what is left of a picture: 32 numbers
    - { type: dense, units: 128, activation: relu }
    - { type: dense, units: 784, activation: sigmoid } # the picture again, from 0 to 1
${training(10, 64)}${TAIL}`;

const BINARY = `${HEAD}task: binary # each row belongs to one of two classes; precision and recall are of the second
${TABLE}
model:
  layers: # from input to output; shapes are inferred
    - { type: dense, units: 16, activation: relu }
    - { type: dense, units: 1 } # one output, for the second class; the loss applies the sigmoid
${training(50, 32)}  # classWeights: balanced # both classes count the same, however many rows each has
${TAIL}`;

const REGRESSION = `${HEAD}task: regression # each row has a number, or several
${TABLE}
model:
  layers: # from input to output; shapes are inferred
    - { type: dense, units: 32, activation: relu }
    # One output a number. The numbers are not scaled: training had better start at their mean, which
    # \`lockstep dataset get my-table\` says. Then add: , biasInitializer: { type: constant, value: 150 }
    - { type: dense, units: 1 }
${training(50, 32, 0.01)}  # clip: { globalNorm: 100 } # a row far off the others must not throw the weights about
${TAIL}`;

export const TEMPLATES: Readonly<Record<TemplateName, string>> = {
  mlp: MLP,
  cnn: CNN,
  autoencoder: AUTOENCODER,
  binary: BINARY,
  regression: REGRESSION,
};
