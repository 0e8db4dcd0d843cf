/** The layers of a model.json in the order of a sample's way through them: a model here is one chain. */
import type { Fault } from '../errors.js';
import type { Shape } from './shape.js';

export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

export type ChainResult =
  | { readonly ok: true; readonly layers: readonly KerasLayer[]; readonly inputShape: Shape | null }
  | { readonly ok: false; readonly faults: readonly Fault[] };

type Members = Readonly<Record<string, unknown>>;

const MAX_LAYERS = 1000;

/** Of a whole model.json, or of its modelTopology. */
export function chainOf(file: unknown): ChainResult {
  const topology = membersOf(membersOf(file)['modelTopology'] ?? file);
  // Keras's converter has one level more than tfjs.
  const model = membersOf(topology['model_config'] ?? topology);
  const { class_name: className, config } = model;
  if (className !== 'Sequential' && className !== 'Functional' && className !== 'Model') {
    const found = typeof className === 'string' ? `is a ${className.slice(0, 80)}` : 'has no class_name';
    return refused(`${found}: a model.json of a Sequential or Functional model is needed`);
  }
  const written = Array.isArray(config) ? config : membersOf(config)['layers'];
  if (!Array.isArray(written) || written.length === 0) return refused('has no layers');
  if (written.length > MAX_LAYERS + 1) return refused(`has more than ${MAX_LAYERS} layers`);
  const layers = written.map(membersOf);
  const ordered = className === 'Sequential' ? layers : inOrder(layers);
  if (typeof ordered === 'string') return refused(ordered);
  return chain(ordered);
}

function chain(written: readonly Members[]): ChainResult {
  const layers = written.map((layer, index): KerasLayer => {
    const config = membersOf(layer['config']);
    const name = config['name'] ?? layer['name'];
    const className = layer['class_name'];
    return {
      className: typeof className === 'string' ? className : 'layer without a class_name',
      name: typeof name === 'string' && name !== '' ? name : `layer_${index}`,
      config,
    };
  });
  const [first] = layers;
  const shape: unknown = first?.config['batch_input_shape'] ?? first?.config['batch_shape'];
  const inputShape = Array.isArray(shape) ? (shape as unknown[]).slice(1) : [];
  const isKnown = inputShape.length > 0 && inputShape.every((size) => Number.isInteger(size) && Number(size) > 0);
  const computing = layers.filter(({ className }) => className !== 'InputLayer');
  return { ok: true, layers: computing, inputShape: isKnown ? (inputShape as number[]) : null };
}

/** A functional model's layers from its input on, or why they are no chain. */
function inOrder(layers: readonly Members[]): Members[] | string {
  const next = new Map<string, Members>();
  const inputs = layers.filter((layer) => layer['class_name'] === 'InputLayer');
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) return `has ${inputs.length} inputs: a model here has one`;
  for (const layer of layers) {
    if (layer === input) continue;
    const sources = sourcesOf(layer['inbound_nodes']);
    const [source] = sources;
    const name = nameOf(layer);
    if (source === undefined || sources.length > 1) return `is no chain: ${name} has ${sources.length} inputs`;
    if (next.has(source)) return `is no chain: more than one layer follows ${source.slice(0, 80)}`;
    next.set(source, layer);
  }
  const ordered = [input];
  for (let layer = next.get(nameOf(input)); layer !== undefined; layer = next.get(nameOf(layer))) {
    ordered.push(layer);
    if (ordered.length > layers.length) return 'is no chain: it goes in a circle';
  }
  return ordered.length === layers.length ? ordered : 'is no chain: not all layers follow from its input';
}

/** Names of the layers that a layer takes its input from: `[[["dense", 0, 0, {}]]]` in Keras 2 and tfjs. */
function sourcesOf(nodes: unknown): string[] {
  if (!Array.isArray(nodes)) return [];
  const [first] = nodes as unknown[];
  if (Array.isArray(nodes) && nodes.length > 1) return (nodes as unknown[]).map(String);
  if (!Array.isArray(first)) return [];
  return (first as unknown[]).map((tensor) => String(Array.isArray(tensor) ? (tensor as unknown[])[0] : tensor));
}

function nameOf(layer: Members): string {
  return String(layer['name'] ?? membersOf(layer['config'])['name']);
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function refused(message: string): ChainResult {
  return { ok: false, faults: [{ path: 'model.file', message }] };
}
