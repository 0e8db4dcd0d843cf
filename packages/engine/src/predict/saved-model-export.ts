/**
 * A trained model as a SavedModel of TensorFlow's, for Python, TensorFlow Serving and whatever else reads it: signature
 * `serving_default`, input `x` (any number of samples, as they are in the dataset), output `outputs`.
 */
import { constant, DATA_TYPES, placeholder, type Graph, type GraphNode } from '../graph/nodes.js';
import { encodeSavedModel } from '../graph/saved-model.js';
import type { ModelFile } from '../model/export.js';
import { littleEndianBytes } from '../model/export.js';
import { recordForward, type ForwardModel } from './forward-graph.js';
import { freeBatch, RECORDED_SAMPLES } from './free-batch.js';

/** @throws LockstepError MODEL_NOT_RECORDABLE */
export function exportSavedModel(
  model: ForwardModel,
  dtype: 'uint8' | 'float32',
  parameters: Float32Array,
): ModelFile[] {
  const [two, three, five] = RECORDED_SAMPLES.map((samples) => recordForward(model, samples)) as [Graph, Graph, Graph];
  const graph = withDtype(withParameters(freeBatch([two, three, five]), parameters), dtype);
  return [{ name: 'saved_model.pb', bytes: encodeSavedModel(graph) }];
}

function withParameters(graph: Graph, parameters: Float32Array): Graph {
  const values = constant('parameters', DATA_TYPES.float32, [parameters.length], littleEndianBytes(parameters));
  const { parameters: _replaced, ...inputs } = graph.inputs;
  return { ...graph, inputs, nodes: graph.nodes.map((node) => (node.name === 'parameters' ? values : node)) };
}

/** Lets the graph take what the dataset holds: pixels are uint8. */
function withDtype(graph: Graph, dtype: 'uint8' | 'float32'): Graph {
  const { x } = graph.inputs;
  if (dtype === 'float32' || x === undefined) return graph;
  const cast: GraphNode = {
    name: 'x/float',
    op: 'Cast',
    inputs: ['x'],
    attributes: {
      SrcT: { kind: 'type', value: DATA_TYPES.uint8 },
      DstT: { kind: 'type', value: DATA_TYPES.float32 },
    },
  };
  const nodes = graph.nodes.flatMap((node) => {
    if (node.name === 'x') return [placeholder('x', 'uint8', x.shape), cast];
    return [{ ...node, inputs: node.inputs.map((input) => (input === 'x' ? 'x/float' : input)) }];
  });
  return { ...graph, nodes, inputs: { x: { ...x, dtype: 'uint8' } } };
}
