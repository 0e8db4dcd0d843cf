import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLockstepError } from '../errors.js';
import { readSafetensors, writeSafetensors, type SafeTensor } from './safetensors.js';

const tensors: [string, SafeTensor][] = [
  ['y', { dtype: 'U8', shape: [3], data: Uint8Array.of(7, 8, 9) }],
  ['x', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -0, Infinity, 1e-40) }],
  ['state/count', { dtype: 'I32', shape: [], data: Int32Array.of(-5) }],
  ['moments', { dtype: 'F64', shape: [1, 2], data: Float64Array.of(0.1, 0.2) }],
  ['indices', { dtype: 'U32', shape: [0, 4], data: new Uint32Array(0) }],
];

/** A file with this header text before these bytes. */
function file(header: string, data = new Uint8Array(0), headerLength?: bigint): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

function refusal(bytes: Uint8Array): string {
  try {
    readSafetensors(bytes);
  } catch (error) {
    if (isLockstepError(error, 'INVALID_DATASET')) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('safetensors', () => {
  test('reads what it wrote', () => {
    const bytes = writeSafetensors(tensors, [['step', '412']]);
    const read = readSafetensors(bytes);
    expect(new Map([...read.tensors].sort())).toEqual(new Map([...tensors].sort()));
    expect(read.metadata).toEqual(new Map([['step', '412']]));
    expect(writeSafetensors(tensors, [['step', '412']])).toEqual(bytes);
  });

  test('aligns the header to 8 bytes with spaces, as the format asks', () => {
    const bytes = writeSafetensors([['a', { dtype: 'U8', shape: [1], data: Uint8Array.of(1) }]]);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd()).toBe(
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
    );
  });

  test('gives views where the bytes are aligned and copies where they are not', () => {
    const bytes = writeSafetensors(tensors);
    for (const { data } of readSafetensors(bytes).tensors.values()) expect(data.buffer).toBe(bytes.buffer);
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    const read = readSafetensors(moved.subarray(1));
    expect(read.tensors.get('x')).toEqual(tensors[1]?.[1]);
    expect(read.tensors.get('x')?.data.buffer).not.toBe(moved.buffer);
  });

  test('refuses to write a name twice or a shape that does not fit', () => {
    const tensor: SafeTensor = { dtype: 'U8', shape: [1], data: Uint8Array.of(1) };
    expect(() =>
      writeSafetensors([
        ['a', tensor],
        ['a', tensor],
      ]),
    ).toThrow(/taken/);
    expect(() => writeSafetensors([['a', { ...tensor, shape: [2] }]])).toThrow(/does not have 1 elements/);
  });

  const u8 = (begin: number, end: number) => `{"dtype":"U8","shape":[${end - begin}],"data_offsets":[${begin},${end}]}`;

  test.each([
    ['an empty file', new Uint8Array(0), /too few/],
    ['a header longer than the file', file('{}', undefined, 3n), /only 2/],
    ['a header length of 2^64 - 1', file('{}', undefined, 2n ** 64n - 1n), /only 2/],
    ['a header that is no JSON', file('{"a"'), /valid JSON/],
    ['a header that is no object', file('[]'), /begin with/],
    ['a byte order mark', file('\ufeff{}'), /begin with/],
    [
      'broken UTF-8',
      file('{"\0":1}'.replace('\0', String.fromCharCode(0x7f))).map((b) => (b === 0x7f ? 0xff : b)),
      /JSON/,
    ],
    ['deep nesting', file(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), /wrongly/],
    ['an unknown dtype', file('{"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}', new Uint8Array(1)), /wrongly/],
    [
      'a negative dimension',
      file('{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}', new Uint8Array(1)),
      /wrongly/,
    ],
    [
      'a fractional offset',
      file('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0.5,1.5]}}', new Uint8Array(2)),
      /wrongly/,
    ],
    [
      'a further field',
      file('{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"b":1}}', new Uint8Array(1)),
      /wrongly/,
    ],
    [
      'offsets the wrong way round',
      file('{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}', new Uint8Array(1)),
      /bytes 1 to 0/,
    ],
    [
      'a shape of other size',
      file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', new Uint8Array(4)),
      /bytes 0 to 4/,
    ],
    [
      'dimensions that overflow',
      file('{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}'),
      /bytes 0 to 0/,
    ],
    ['offsets past the end', file(`{"a":${u8(0, 9)}}`, new Uint8Array(4)), /9 bytes of tensors, but there are 4/],
    ['bytes that no tensor has', file(`{"a":${u8(0, 2)}}`, new Uint8Array(4)), /2 bytes of tensors, but there are 4/],
    ['a gap', file(`{"a":${u8(0, 1)},"b":${u8(2, 4)}}`, new Uint8Array(4)), /gap/],
    ['an overlap', file(`{"a":${u8(0, 3)},"b":${u8(2, 4)}}`, new Uint8Array(4)), /overlap/],
    ['a name twice', file(`{"a":${u8(0, 1)},"\\u0061" :${u8(1, 2)}}`, new Uint8Array(2)), /"a" twice/],
    [
      'a field twice',
      file('{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}', new Uint8Array(1)),
      /"dtype" twice/,
    ],
    ['metadata that is no text', file('{"__metadata__":{"a":1}}'), /only text/],
  ])('refuses %s', (_what, bytes, message) => {
    expect(refusal(bytes)).toMatch(message);
  });

  test('either reads any bytes or refuses them with INVALID_DATASET', () => {
    const valid = writeSafetensors(tensors);
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length), (place, value, length) => {
        const damaged = valid.slice(0, length);
        if (place < damaged.length) damaged[place] = value;
        refusal(damaged);
      }),
      { numRuns: 2000 },
    );
  });
});
