/**
 * Writes a graph as a TensorFlow SavedModel (tensorflow/core/protobuf/saved_model.proto), field by field: protobufjs'
 * `fromObject` takes seconds for graphs with large constants. The same graph gives the same bytes.
 */
import protobuf from 'protobufjs/minimal.js';
import { DATA_TYPES, type AttributeValue, type Graph, type GraphEndpoint, type GraphNode } from './nodes.js';

type Writer = protobuf.Writer;
const LENGTH_DELIMITED = 2;
const VARINT = 0;
const FIXED32 = 5;
/** The GraphDef version that TensorFlow 2.21 writes. */
const GRAPH_PRODUCER = 1882;

function field(writer: Writer, number: number, wireType: number): Writer {
  return writer.uint32((number << 3) | wireType);
}

function message(writer: Writer, number: number, write: (inner: Writer) => void): void {
  field(writer, number, LENGTH_DELIMITED).fork();
  write(writer);
  writer.ldelim();
}

function writeShape(writer: Writer, shape: readonly number[]): void {
  for (const size of shape) message(writer, 2, (dim) => field(dim, 1, VARINT).int64(size));
}

function writeList(writer: Writer, attribute: AttributeValue, values: readonly (number | boolean)[]): void {
  message(writer, 1, (list) => {
    const number = { int: 3, float: 4, bool: 5, type: 6 }[attribute.kind as 'int' | 'float' | 'bool' | 'type'];
    message(list, number, (packed) => {
      for (const value of values) {
        if (attribute.kind === 'float') packed.float(value as number);
        else packed.int64(Number(value));
      }
    });
  });
}

function writeAttribute(writer: Writer, attribute: AttributeValue): void {
  if (attribute.kind === 'tensor') {
    message(writer, 8, (tensor) => {
      field(tensor, 1, VARINT).int32(attribute.dtype);
      message(tensor, 2, (shape) => writeShape(shape, attribute.shape));
      field(tensor, 4, LENGTH_DELIMITED).bytes(attribute.content);
    });
  } else if (attribute.kind === 'shape') {
    message(writer, 7, (shape) => writeShape(shape, attribute.value));
  } else if (attribute.kind === 'string') {
    field(writer, 2, LENGTH_DELIMITED).string(attribute.value);
  } else if (typeof attribute.value === 'object') {
    writeList(writer, attribute, attribute.value);
  } else if (attribute.kind === 'type') {
    field(writer, 6, VARINT).int32(attribute.value);
  } else if (attribute.kind === 'int') {
    field(writer, 3, VARINT).int64(attribute.value);
  } else if (attribute.kind === 'bool') {
    field(writer, 5, VARINT).bool(attribute.value);
  } else {
    field(writer, 4, FIXED32).float(attribute.value);
  }
}

function writeNode(writer: Writer, node: GraphNode): void {
  field(writer, 1, LENGTH_DELIMITED).string(node.name);
  field(writer, 2, LENGTH_DELIMITED).string(node.op);
  for (const input of node.inputs) field(writer, 3, LENGTH_DELIMITED).string(input);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    message(writer, 5, (entry) => {
      field(entry, 1, LENGTH_DELIMITED).string(name);
      message(entry, 2, (value) => writeAttribute(value, attribute));
    });
  }
}

function writeEndpoints(writer: Writer, number: number, endpoints: Readonly<Record<string, GraphEndpoint>>): void {
  for (const [key, endpoint] of Object.entries(endpoints)) {
    message(writer, number, (entry) => {
      field(entry, 1, LENGTH_DELIMITED).string(key);
      message(entry, 2, (info) => {
        field(info, 1, LENGTH_DELIMITED).string(outputName(endpoint.reference));
        field(info, 2, VARINT).int32(DATA_TYPES[endpoint.dtype]);
        message(info, 3, (shape) => writeShape(shape, endpoint.shape));
      });
    });
  }
}

/** A tensor's full name, `node:0`, of a reference as nodes use it. */
export function outputName(reference: string): string {
  return reference.includes(':') ? reference : `${reference}:0`;
}

/** The bytes of saved_model.pb, with the graph as signature `serving_default` under the tag `serve`. */
export function encodeSavedModel(graph: Graph): Uint8Array {
  const writer = protobuf.Writer.create();
  field(writer, 1, VARINT).int64(1);
  message(writer, 2, (metaGraph) => {
    message(metaGraph, 1, (info) => field(info, 4, LENGTH_DELIMITED).string('serve'));
    message(metaGraph, 2, (definition) => {
      for (const node of graph.nodes) message(definition, 1, (inner) => writeNode(inner, node));
      message(definition, 4, (versions) => field(versions, 1, VARINT).int32(GRAPH_PRODUCER));
    });
    message(metaGraph, 5, (entry) => {
      field(entry, 1, LENGTH_DELIMITED).string('serving_default');
      message(entry, 2, (signature) => {
        writeEndpoints(signature, 1, graph.inputs);
        writeEndpoints(signature, 2, graph.outputs);
        field(signature, 3, LENGTH_DELIMITED).string('tensorflow/serving/predict');
      });
    });
  });
  return writer.finish();
}
