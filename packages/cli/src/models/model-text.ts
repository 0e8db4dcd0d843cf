/** Models for people. */
import type { ModelEvaluation } from '@lockstep/client';
import { elementCount, metricsOf, type ModelSummary, type ModelVersion, type SplitMetrics } from '@lockstep/core';
import { bytesText, decimal, grouped } from '../output/numbers.js';
import { renderTable } from '../output/table.js';

/** Empty for no models. */
export function renderModels(models: readonly ModelSummary[]): string {
  if (models.length === 0) return '';
  const rows = models.map(({ name, latest, versions, aliases }) => [
    name,
    String(latest),
    String(versions.length),
    Object.entries(aliases)
      .map(([alias, version]) => `${alias} → ${version}`)
      .join(', ') || '–',
  ]);
  return renderTable([['model', 'latest', 'versions', 'aliases'], ...rows], (column) => [1, 2].includes(column)).join(
    '\n',
  );
}

export function renderModel(model: ModelVersion): string {
  const { features, metrics, dataset, job, classNames, labelNames, files } = model;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const facts = [
    ['task', model.task ?? 'not known: it was imported'],
    ['made', `${model.createdAt}${job === null ? '' : ` by job ${job}`}`],
    ['data', dataset === null ? '–' : `${dataset.name}@${dataset.version} · sha256 ${dataset.sha256.slice(0, 12)}…`],
    ['features', `${features.shape.join(' × ')} of ${features.dtype}${columnsOf(model)}`],
    ['outputs', outputsOf(model.output.kind, classNames, labelNames)],
    ['parameters', grouped(model.parameters)],
    ['files', `${files.map(({ name }) => name).join(', ')} · ${bytesText(bytes)}`],
    ['weights', `sha256 ${model.weightsSha256}`],
  ];
  const splits = Object.entries(metrics ?? {}).flatMap(([split, found]) =>
    found ? [[split, metricsText(found as SplitMetrics)]] : [],
  );
  return [`${model.name}/${model.version}`, ...renderTable([...facts, ...splits], () => false)].join('\n');
}

export function renderEvaluation({ model, dataset, metrics }: ModelEvaluation): string {
  const what = `${model.name}/${model.version} on ${dataset.name}@${dataset.version}/${dataset.split}`;
  return `${what}\n${grouped(metrics.samples)} samples · ${metricsText(metrics)}`;
}

/** loss 0.071 · accuracy 0.978 */
function metricsText(metrics: SplitMetrics): string {
  return metricsOf(metrics)
    .map(({ title, value }) => `${title} ${decimal(value)}`)
    .join(' · ');
}

function columnsOf({ features: { columns, names, image, shape } }: ModelVersion): string {
  if (image !== null) return ' (pictures)';
  const known = columns?.map(({ name }) => name) ?? names;
  if (known === null) return '';
  const shown = known.slice(0, 8).join(', ');
  return ` (${shown}${known.length > 8 ? `, … ${elementCount(shape)} in all` : ''})`;
}

function outputsOf(kind: string, classNames: readonly string[], labelNames: readonly string[]): string {
  const names = kind === 'values' ? labelNames : classNames;
  const shown = names.slice(0, 12).join(', ');
  return names.length === 0 ? kind : `${kind} of ${shown}${names.length > 12 ? `, … ${names.length} in all` : ''}`;
}
