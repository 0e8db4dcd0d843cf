/** `lockstep model predict`: files become instances, answers become lines. */
import type { LockstepClient } from '@lockstep/client';
import { elementCount, type ModelReference, type ModelVersion, type Prediction } from '@lockstep/core';
import { printResult, type Context } from '../commands/context.js';
import { decimal } from '../output/numbers.js';
import type { Output } from '../output/output.js';
import { renderTable } from '../output/table.js';
import { readInstanceFile, type NamedInstance } from './instance-files.js';

/** So many instances go into a request at most; the service takes ten times as many. */
const AT_ONCE = 1000;
/** Of a request's body; the service takes 64 MiB. */
const BODY_BYTES = 32 * 2 ** 20;
/** Of a number in JSON, with its comma: -1.7976931348623157e+308, */
const NUMBER_BYTES = 25;
const SHOWN = 3;

/** @throws LockstepError NOT_FOUND, INVALID_INSTANCES, INVALID_OPTION for a file that cannot be used */
export async function predict(
  context: Context,
  client: LockstepClient,
  { name, version }: ModelReference,
  inputs: readonly string[],
  json: boolean,
): Promise<void> {
  const model = await client.models.get(name, version);
  const answered: Answered[] = [];
  for await (const batch of batchesOf(inputs, model, context.output)) {
    const instances = batch.map(({ instance }) => instance);
    const { predictions } = await client.models.predict(name, instances, model.version);
    predictions.forEach((prediction, index) => answered.push({ input: batch[index]?.name ?? '', ...prediction }));
  }
  const result = { model: { name, version: model.version }, predictions: answered };
  printResult(context, json, result, renderPredictions(model, answered));
}

/** Read as they are asked for: of many pictures, only those of one request are in memory. */
async function* batchesOf(
  inputs: readonly string[],
  model: ModelVersion,
  output: Output,
): AsyncGenerator<readonly NamedInstance[]> {
  const fitting = Math.floor(BODY_BYTES / (NUMBER_BYTES * elementCount(model.features.shape)));
  const size = Math.min(AT_ONCE, Math.max(1, fitting));
  let batch: NamedInstance[] = [];
  for (const input of inputs) {
    for (const instance of await readInstanceFile(input, model, output)) {
      batch.push(instance);
      if (batch.length < size) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

type Answered = Prediction & { readonly input: string };

function renderPredictions(model: ModelVersion, predictions: readonly Answered[]): string {
  const rows = predictions.map((prediction) => [prediction.input, ...answerOf(model, prediction)]);
  return renderTable(rows, () => false).join('\n');
}

/** The class with the probabilities of the likeliest ones, or the values by name. */
function answerOf({ classNames, labelNames }: ModelVersion, prediction: Prediction): string[] {
  const { probabilities, values = [] } = prediction;
  if (prediction.class === undefined) {
    return [values.map((value, index) => `${labelNames[index] ?? ''} ${decimal(value)}`.trim()).join('  ')];
  }
  const ranked = (probabilities ?? values)
    .map((value, index) => ({ value, name: classNames[index] ?? String(index) }))
    .sort((a, b) => b.value - a.value)
    .slice(0, SHOWN);
  return [prediction.class, ranked.map(({ name, value }) => `${name} ${decimal(value)}`).join('  ')];
}
