/** What a dry run says about a job, for people. The service may say more than is known here: that is listed as it comes. */
import { bytesText, grouped } from './numbers.js';
import { renderTable } from './table.js';

const KNOWN = new Set([
  ...['name', 'parameters', 'layers', 'samples', 'sliceSize', 'slicesPerStep', 'steps', 'graphs', 'memoryBytes'],
  'bytesPerStepAndWorker',
]);

export function renderPlan(plan: Readonly<Record<string, unknown>>): string {
  const number = (key: string): number => (typeof plan[key] === 'number' ? plan[key] : Number.NaN);
  const samples = record(plan['samples']);
  const rest = Object.entries(plan).filter(([key, value]) => !KNOWN.has(key) && value !== null && value !== undefined);
  return [
    `${String(plan['name'])} · nothing was run`,
    ...renderLayers(plan['layers']),
    '',
    `parameters        ${grouped(number('parameters'))}`,
    `samples           ${Object.entries(samples)
      .map(([split, count]) => `${split} ${grouped(Number(count))}`)
      .join(' · ')}`,
    `steps             ${grouped(number('steps'))}, each of ${grouped(number('slicesPerStep'))} slices of ${number('sliceSize')} samples`,
    `memory a thread   ${bytesText(number('memoryBytes'))}, estimated`,
    `wire a step       ${bytesText(number('bytesPerStepAndWorker'))} with each worker`,
    ...rest.map(([key, value]) => `${key.padEnd(17)} ${typeof value === 'string' ? value : JSON.stringify(value)}`),
  ].join('\n');
}

function renderLayers(layers: unknown): string[] {
  if (!Array.isArray(layers)) return [];
  const rows = (layers as unknown[])
    .map(record)
    .map((layer) => [
      String(layer['name']),
      String(layer['type']),
      shape(layer['inputShape']),
      shape(layer['outputShape']),
      grouped(Number(layer['parameters'])),
    ]);
  return ['', ...renderTable([['layer', 'type', 'in', 'out', 'parameters'], ...rows], (column) => column > 1)];
}

function shape(value: unknown): string {
  return Array.isArray(value) ? value.join(' × ') : '–';
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
