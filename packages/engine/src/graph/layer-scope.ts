/**
 * Which layer is being computed. The recorder names nodes after it, so that whatever TensorFlow says about a node of a
 * graph, much later and perhaps in another process, can be laid to a layer of the model.
 */

const FOLDER = 'layers';
let current: string | undefined;

/** Runs `compute`; nodes that are recorded meanwhile carry the layer's name. */
export function withinLayer<T>(layer: string, compute: () => T): T {
  const outer = current;
  current = layer;
  try {
    return compute();
  } finally {
    current = outer;
  }
}

/** `layers/<layer>/<name>` within a layer, else the name. */
export function scopedNodeName(name: string): string {
  return current === undefined ? name : `${FOLDER}/${current}/${name}`;
}

/** The layer of the first node that an error message of TensorFlow's names, if it is a layer's. */
export function layerNamedIn(message: string): string | undefined {
  return new RegExp(`\\b${FOLDER}/([A-Za-z0-9_-]+)/`).exec(message)?.[1];
}
