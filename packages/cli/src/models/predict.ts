/** `lockstep model predict`: files become instances, answers become lines. */
import type { LockstepClient } from '@lockstep/client';
import type { ModelReference, ModelVersion, Prediction } from '@lockstep/core';
import { printResult, type Context } from '../commands/context.js';
import { decimal } from '../output/numbers.js';
import { renderTable } from '../output/table.js';
import { readInstanceFile, type NamedInstance } from './instance-files.js';

/** So many instances go into a request; the service takes ten times as many. */
const AT_ONCE = 1000;
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
  const instances: NamedInstance[] = [];
  for (const input of inputs) instances.push(...(await readInstanceFile(input, model, context.output)));
  const predictions: Prediction[] = [];
  for (let first = 0; first < instances.length; first += AT_ONCE) {
    const part = instances.slice(first, first + AT_ONCE).map(({ instance }) => instance);
    predictions.push(...(await client.models.predict(name, part, model.version)).predictions);
  }
  const answered = predictions.map((prediction, index) => ({ input: instances[index]?.name ?? '', ...prediction }));
  const result = { model: { name, version: model.version }, predictions: answered };
  printResult(context, json, result, renderPredictions(model, answered));
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
