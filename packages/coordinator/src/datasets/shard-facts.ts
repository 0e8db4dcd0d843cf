/** What a shard holds, found out once when it comes in: a manifest of gigabytes is checked without reading them again. */
import {
  LockstepError,
  readSafetensors,
  type DatasetManifest,
  type DatasetShard,
  type SafetensorsFile,
} from '@lockstep/core';

export interface ShardFacts {
  readonly bytes: number;
  readonly x: { readonly dtype: 'U8' | 'F32'; readonly shape: string };
  readonly y: { readonly dtype: 'I32' | 'F32'; readonly shape: string };
  /** Of the class numbers. */
  readonly labels: { readonly least: number; readonly most: number } | undefined;
}

/** @throws LockstepError INVALID_DATASET for what no dataset could have */
export function inspectShard(bytes: Uint8Array, where: string): ShardFacts {
  const { x, y } = tensorsOf(readSafetensors(bytes), where);
  if (x.dtype === 'F32' && !x.data.every(Number.isFinite)) throw invalid(`${where} has values that are not finite`);
  if (y.dtype === 'F32' && !y.data.every(Number.isFinite)) throw invalid(`${where} has targets that are not finite`);
  return {
    bytes: bytes.byteLength,
    x: { dtype: x.dtype, shape: x.shape.join() },
    y: { dtype: y.dtype, shape: y.shape.join() },
    labels: y.dtype === 'I32' ? rangeOf(y.data) : undefined,
  };
}

/** @throws LockstepError INVALID_DATASET when the shard is not what the manifest says */
export function checkShard(
  { features, labels }: DatasetManifest,
  shard: DatasetShard,
  facts: ShardFacts,
  where: string,
): void {
  const { x, y } = facts;
  if (facts.bytes !== shard.bytes) throw invalid(`${where} has ${facts.bytes} bytes, not ${shard.bytes}`);
  const dtype = features.dtype === 'uint8' ? 'U8' : 'F32';
  const shape = [shard.count, ...features.shape].join();
  if (x.dtype !== dtype || x.shape !== shape) throw invalid(`${where} has no x of ${dtype} [${shape}]`);
  if (labels.kind === 'values') {
    const wanted = `${shard.count},${labels.names.length}`;
    if (y.dtype !== 'F32' || y.shape !== wanted) throw invalid(`${where} has no y of F32 [${wanted}]`);
    return;
  }
  if (facts.labels === undefined || y.shape !== String(shard.count)) {
    throw invalid(`${where} has no y of I32 [${shard.count}]`);
  }
  const { least, most } = facts.labels;
  const classes = labels.classNames.length;
  if (least < 0 || most >= classes) {
    throw invalid(`${where} has the label ${least < 0 ? least : most}; there are ${classes} classes`);
  }
}

/** @throws LockstepError INVALID_DATASET for a file without the two tensors of a shard */
export function tensorsOf({ tensors }: SafetensorsFile, where: string) {
  const [x, y] = [tensors.get('x'), tensors.get('y')];
  if (x?.dtype !== 'U8' && x?.dtype !== 'F32') throw invalid(`${where} has no x of U8 or F32`);
  if (y?.dtype !== 'I32' && y?.dtype !== 'F32') throw invalid(`${where} has no y of I32 or F32`);
  return { x, y };
}

function rangeOf(values: Int32Array): { least: number; most: number } {
  let [least, most] = [0, 0];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return { least, most };
}

export function invalid(message: string): LockstepError {
  return new LockstepError('INVALID_DATASET', message, { hint: 'Import the dataset again.' });
}
