/** What a dry run says about a job, for people. */
import type { PlanSummary } from '@lockstep/core';
import { bytesText, grouped } from './numbers.js';
import { renderTable } from './table.js';

export function renderPlan(plan: PlanSummary): string {
  const { name, layers, parameters, samples, steps, slicesPerStep, sliceSize, memoryBytes } = plan;
  const rows = layers.map((layer) => [
    layer.name,
    layer.type,
    layer.inputShape.join(' × '),
    layer.outputShape.join(' × '),
    grouped(layer.parameters),
  ]);
  const splits = Object.entries(samples).map(([split, count]) => `${split} ${grouped(count)}`);
  return [
    `${name} · nothing was run`,
    '',
    ...renderTable([['layer', 'type', 'in', 'out', 'parameters'], ...rows], (column) => column > 1),
    '',
    `parameters        ${grouped(parameters)}`,
    `samples           ${splits.join(' · ')}`,
    `steps             ${grouped(steps)}, each of ${grouped(slicesPerStep)} slices of ${sliceSize} samples`,
    `memory a thread   ${bytesText(memoryBytes)}, estimated`,
    `wire a step       ${bytesText(plan.bytesPerStepAndWorker)} with each worker`,
  ].join('\n');
}
