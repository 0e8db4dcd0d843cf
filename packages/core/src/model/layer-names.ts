/** Names of layers: the user's own, or Keras's `<base>_<n>`, unique within the model. */
import type { Fault } from '../errors.js';
import { LAYERS, type LayerSpec } from './registry.js';

export interface LayerNaming {
  /** One a layer, in order. */
  readonly names: readonly string[];
  readonly faults: readonly Fault[];
}

/** Unnamed layers count from 1 within their type and step over names that the user has taken. */
export function nameLayers(layers: readonly LayerSpec[]): LayerNaming {
  const faults: Fault[] = [];
  const firstUse = new Map<string, number>();
  for (const [index, { name }] of layers.entries()) {
    if (name === undefined) continue;
    const first = firstUse.get(name);
    if (first === undefined) firstUse.set(name, index);
    else {
      const message = `'${name}' is the name of model.layers[${first}] already; names must be unique`;
      faults.push({ path: `model.layers[${index}].name`, message });
    }
  }
  const counts = new Map<string, number>();
  const names = layers.map(({ type, name }) => name ?? nextName(LAYERS[type].baseName, counts, firstUse));
  return { names, faults };
}

function nextName(baseName: string, counts: Map<string, number>, taken: ReadonlyMap<string, number>): string {
  let count = counts.get(baseName) ?? 0;
  do count += 1;
  while (taken.has(`${baseName}_${count}`));
  counts.set(baseName, count);
  return `${baseName}_${count}`;
}
