/** A model's layers as a table: types, shapes, parameters. */
import { LockstepError, planModel, type ModelVersion, type Shape } from '@lockstep/core';
import { grouped } from '../output/numbers.js';
import { renderTable } from '../output/table.js';

export interface ModelLayersSummary {
  readonly name: string;
  readonly version: number;
  readonly inputShape: Shape;
  readonly layers: readonly {
    readonly name: string;
    readonly type: string;
    readonly outputShape: Shape;
    readonly parameters: number;
    readonly trainable: boolean;
  }[];
  readonly parameters: number;
  readonly trainableParameters: number;
}

/** @throws LockstepError INVALID_MODEL for layers that this version of the command cannot plan */
export function summaryOf({ name, version, layers, features }: ModelVersion): ModelLayersSummary {
  const planned = planModel(layers, features.shape);
  if (!planned.ok) {
    throw new LockstepError('INVALID_MODEL', `model ${name}/${version} has layers that are not known here`, {
      faults: planned.faults,
      hint: 'Use the command of the same version as the service.',
    });
  }
  const { model } = planned;
  return {
    ...{ name, version, inputShape: model.inputShape },
    layers: model.layers.map((layer) => ({
      ...{ name: layer.name, type: layer.type, outputShape: layer.outputShape },
      ...{ parameters: layer.parameters, trainable: layer.trainable },
    })),
    ...{ parameters: model.parameters, trainableParameters: model.trainableParameters },
  };
}

export function renderSummary(summary: ModelLayersSummary): string {
  const rows = summary.layers.map(({ name, type, outputShape, parameters, trainable }) => [
    name,
    type,
    outputShape.join(' × '),
    `${grouped(parameters)}${trainable || parameters === 0 ? '' : ' (frozen)'}`,
  ]);
  const input = ['input', '', summary.inputShape.join(' × '), ''];
  const { parameters, trainableParameters } = summary;
  return [
    `${summary.name}/${summary.version}`,
    ...renderTable([['layer', 'type', 'output', 'parameters'], input, ...rows], (column) => column > 1),
    `${grouped(parameters)} parameters${trainableParameters === parameters ? '' : `, ${grouped(trainableParameters)} of them trainable`}`,
  ].join('\n');
}
