/** The first samples of a split, as a person would want to see them. */
import { decodeRow, type DatasetManifest, type DatasetPreview } from '@lockstep/core';
import { encodePng } from './png.js';

/** Of a sample that is neither picture nor table: more say nothing to anybody. */
const SHOWN_VALUES = 1000;

type PreviewSample = DatasetPreview['samples'][number];

/** Tensors of a shard, from its first row on. */
export interface ShardRows {
  readonly x: Uint8Array | Float32Array;
  readonly y: Int32Array | Float32Array;
  readonly count: number;
}

export function previewSample(
  manifest: DatasetManifest,
  rows: ShardRows,
  place: number,
  number: number,
): PreviewSample {
  const { features, labels, columns, image } = manifest;
  const width = features.shape.reduce((product, size) => product * size, 1);
  const values = rows.x.subarray(place * width, (place + 1) * width);
  const targets = labels.kind === 'values' ? labels.names.length : 1;
  const y = rows.y.subarray(place * targets, (place + 1) * targets);
  const label = labels.kind === 'values' ? [...y] : (labels.classNames[y[0] ?? 0] ?? String(y[0]));
  if (columns !== undefined) return { number, label, row: decodeRow(columns, values) };
  if (image !== undefined && values instanceof Uint8Array) {
    return { number, label, picture: `data:image/png;base64,${encodePng(values, image).toString('base64')}` };
  }
  return { number, label, values: [...values.subarray(0, SHOWN_VALUES)] };
}
