/**
 * A graph for any number of samples, out of recordings of a few numbers. tfjs knows every shape when it computes, so the
 * number of samples ends up in constants: as an element of a shape to reshape to, or as the size of a tensor of zeros.
 * What differs between recordings of 2 and 3 samples is made a linear function of the number of samples, and has to
 * agree with a recording of 5.
 */
import { LockstepError } from '@lockstep/core';
import {
  constant,
  DATA_TYPES,
  int32Constant,
  type AttributeValue,
  type Graph,
  type GraphEndpoint,
  type GraphNode,
} from '../graph/nodes.js';

/** Numbers of samples to record. */
export const RECORDED_SAMPLES = [2, 3, 5] as const;

const T_INT: AttributeValue = { kind: 'type', value: DATA_TYPES.int32 };
const BATCH = 'samples';

interface Constant {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly content: Uint8Array;
}

/**
 * @param recordings of the same computation on RECORDED_SAMPLES samples of the input `x`
 * @returns the graph with -1 as the number of samples
 * @throws LockstepError MODEL_NOT_RECORDABLE when the recordings differ in another way
 */
export function freeBatch(recordings: readonly [Graph, Graph, Graph]): Graph {
  const [first] = recordings;
  const nodes = first.nodes.flatMap((node, index) => {
    const same = recordings.map((graph) => graph.nodes[index]);
    if (same.some((other) => other?.name !== node.name || other.op !== node.op)) throw differs(node.name);
    return freeNode(same as GraphNode[]);
  });
  return { nodes, inputs: freeEndpoints(first.inputs, ['parameters']), outputs: freeEndpoints(first.outputs, []) };
}

function freeEndpoints(endpoints: Graph['inputs'], kept: readonly string[]): Graph['inputs'] {
  const free = (endpoint: GraphEndpoint): GraphEndpoint => ({ ...endpoint, shape: [-1, ...endpoint.shape.slice(1)] });
  return Object.fromEntries(
    Object.entries(endpoints).map(([name, endpoint]) => [name, kept.includes(name) ? endpoint : free(endpoint)]),
  );
}

function freeNode(same: readonly GraphNode[]): GraphNode[] {
  const [node] = same as [GraphNode];
  if (node.name === 'x') return [...freePlaceholder(node), ...batchNodes(node.name)];
  if (same.every((other) => JSON.stringify(describe(other)) === JSON.stringify(describe(node)))) return [node];
  if (node.op !== 'Const') throw differs(node.name);
  const values = same.map(constantOf);
  if (values.every(({ shape }) => shape.join() === values[0]?.shape.join())) return linear(node.name, values);
  return filled(node.name, values);
}

/** Comparable: bytes as text. */
function describe(node: GraphNode): unknown {
  return Object.entries(node.attributes).map(([name, attribute]) => [
    name,
    attribute.kind === 'tensor'
      ? { ...attribute, content: Buffer.from(attribute.content).toString('latin1') }
      : attribute,
  ]);
}

function freePlaceholder(node: GraphNode): GraphNode[] {
  const { shape } = node.attributes;
  if (shape?.kind !== 'shape') throw differs(node.name);
  return [
    { ...node, attributes: { ...node.attributes, shape: { kind: 'shape', value: [-1, ...shape.value.slice(1)] } } },
  ];
}

/** The scalar number of samples, read off the input. */
function batchNodes(input: string): GraphNode[] {
  const floats: AttributeValue = { kind: 'type', value: DATA_TYPES.float32 };
  return [
    { name: `${BATCH}/shape`, op: 'Shape', inputs: [input], attributes: { T: floats, out_type: T_INT } },
    int32Constant(`${BATCH}/begin`, [1], [0]),
    int32Constant(`${BATCH}/size`, [1], [1]),
    {
      name: `${BATCH}/first`,
      op: 'Slice',
      inputs: [`${BATCH}/shape`, `${BATCH}/begin`, `${BATCH}/size`],
      attributes: { T: T_INT, Index: T_INT },
    },
    int32Constant(`${BATCH}/scalar`, [0], []),
    {
      name: BATCH,
      op: 'Reshape',
      inputs: [`${BATCH}/first`, `${BATCH}/scalar`],
      attributes: { T: T_INT, Tshape: T_INT },
    },
  ];
}

/** An int32 constant of one shape whose elements grow with the number of samples. */
function linear(name: string, values: readonly Constant[]): GraphNode[] {
  if (values.some(({ dtype }) => dtype !== DATA_TYPES.int32)) throw differs(name);
  const elements = values.map(({ content }) => [...new Int32Array(content.slice().buffer)]);
  return linearNodes(name, values[0]?.shape ?? [], elements);
}

function linearNodes(name: string, shape: readonly number[], elements: readonly (readonly number[])[]): GraphNode[] {
  const [two, three, five] = elements as [readonly number[], readonly number[], readonly number[]];
  const slopes = two.map((value, index) => (three[index] ?? 0) - value);
  const bases = two.map((value, index) => value - 2 * (slopes[index] ?? 0));
  if (five.some((value, index) => value !== (bases[index] ?? 0) + 5 * (slopes[index] ?? 0))) throw differs(name);
  return [
    int32Constant(`${name}/base`, shape, bases),
    int32Constant(`${name}/slope`, shape, slopes),
    { name: `${name}/grown`, op: 'Mul', inputs: [`${name}/slope`, BATCH], attributes: { T: T_INT } },
    { name, op: 'AddV2', inputs: [`${name}/base`, `${name}/grown`], attributes: { T: T_INT } },
  ];
}

/** A constant of one value, whose shape grows with the number of samples. */
function filled(name: string, values: readonly Constant[]): GraphNode[] {
  const { dtype, content } = values[0] as Constant;
  const bytes = dtype === DATA_TYPES.bool || dtype === DATA_TYPES.uint8 ? 1 : 4;
  const element = content.slice(0, bytes);
  const uniform = values.every(({ content: all }) => all.every((byte, index) => byte === element[index % bytes]));
  const rank = values[0]?.shape.length ?? 0;
  if (!uniform || content.length === 0 || values.some(({ shape }) => shape.length !== rank)) throw differs(name);
  return [
    ...linearNodes(
      `${name}/shape`,
      [rank],
      values.map(({ shape }) => shape),
    ),
    constant(`${name}/value`, dtype, [], element),
    {
      name,
      op: 'Fill',
      inputs: [`${name}/shape`, `${name}/value`],
      attributes: { T: { kind: 'type', value: dtype }, index_type: T_INT },
    },
  ];
}

function constantOf(node: GraphNode): Constant {
  const { value } = node.attributes;
  if (value?.kind !== 'tensor') throw differs(node.name);
  return value;
}

function differs(node: string): LockstepError {
  return new LockstepError(
    'MODEL_NOT_RECORDABLE',
    `${node} depends on the number of samples in a way that no graph has`,
    {
      hint: 'Export the model as tfjs or safetensors instead.',
    },
  );
}
