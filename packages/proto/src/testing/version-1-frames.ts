/**
 * Every type of frame that version 1 of the protocol has, in the bytes that a program of that version wrote. They are
 * never made again: they stand for programs that are out there.
 */
import { floatBytes } from '../chunking.js';
import type { Frame } from '../frames.js';

const BYTES: readonly string[] = [
  // hello
  '080112290a03772d3110011808220568c3b6737428e724320e6176783531322f7466322e392e31388080808020',
  // welcome
  '08011a0a080118e8072203735f31',
  // welcome
  '08011a141212616e6f746865722054656e736f72466c6f77',
  // heartbeat
  '0801220c0a03772d311203735f311801',
  // prepare
  '08012a83010a056a6f622d3110031a4e0a0a747261696e3a3634783412403031323334353637383961626364656630313233' +
    '3435363738396162636465663031323334353637383961626364656630313233343536373839616263646566221e0a057472' +
    '61696e12056d6e6973741a077b2261223a317d2205747261696e28cad606302038074004',
  // prepared
  '080132500a03772d3112056a6f622d3118032240303132333435363738396162636465663031323334353637383961626364' +
    '65663031323334353637383961626364656630313233343536373839616263646566',
  // begin
  '08013a400a056a6f622d311003189c0320012890033205747261696e3a0900dfd403ffffffff0f42070a03772d311804420b' +
    '0a03772d321004188080404a0500079f8d06',
  // begin
  '08013a140a016a2002320a76616c69646174696f6e3a0100',
  // parameters
  '0801422c0a056a6f622d3110031891032880800438bec6a3ed0332140000c03f000000800000807fca02000000005040',
  // parametersReceived
  '08014a130a03772d3112056a6f622d3118032091032802',
  // pullParameters
  '080152110a03772d3112056a6f622d311803209103',
  // part
  '08015a420a03772d3112056a6f622d311803209c03281f38024003520a0001ffffffffffffff0f58bec6a3ed0360b9604a14' +
    '0000c03f000000800000807fca02000000005040',
  // credit
  '0801620e0a056a6f622d3110031880808008',
  // failed
  '08016a2a0a03772d3112056a6f622d3118032a0f43414e4152595f4d49534d4154434832096f7468657277697365',
  // release
  '080172100a056a6f622d3110ffffffffffffff0f',
  // leave
  '08017a470a407777777777777777777777777777777777777777777777777777777777777777777777777777777777777777' +
    '77777777777777777777777777777777777777771203735f31',
  // drain
  '08018201050a03735f31',
];

const sha256 = '0123456789abcdef'.repeat(4);
const values = floatBytes(Float32Array.from([1.5, -0, Infinity, 1e-42, 3.25]));

/** What they mean to this program: fields that came up later are zero. */
const FRAMES: readonly Frame[] = [
  {
    ...{ type: 'hello', worker: 'w-1', protocol: 1, threads: 8, host: 'höst', pid: 4711 },
    ...{ cpuClass: 'avx512/tf2.9.1', memoryBytes: 2 ** 33, newestProtocol: 0 },
  },
  { type: 'welcome', accepted: true, reason: '', heartbeatMilliseconds: 1000, session: 's_1', protocol: 0 },
  {
    type: 'welcome',
    accepted: false,
    reason: 'another TensorFlow',
    heartbeatMilliseconds: 0,
    session: '',
    protocol: 0,
  },
  { type: 'heartbeat', worker: 'w-1', session: 's_1', draining: true, holds: [] },
  {
    type: 'prepare',
    ...{ job: 'job-1', term: 3, parameters: 109_386, sliceSize: 32, seed: 7, metricSums: 4 },
    graphs: [{ key: 'train:64x4', sha256 }],
    splits: [{ name: 'train', dataset: 'mnist', manifest: new TextEncoder().encode('{"a":1}'), split: 'train' }],
  },
  { type: 'prepared', worker: 'w-1', job: 'job-1', term: 3, canary: sha256 },
  {
    type: 'begin',
    ...{ job: 'job-1', term: 3, round: 412, kind: 'train', step: 400, split: 'train' },
    samples: [0, 59_999, 2 ** 32 - 1],
    ranges: [
      { worker: 'w-1', first: 0, end: 4 },
      { worker: 'w-2', first: 4, end: 2 ** 20 },
    ],
    nextShards: [0, 7, 99_999],
  },
  {
    type: 'begin',
    ...{ job: 'j', term: 0, round: 0, kind: 'evaluate', step: 0, split: 'validation', samples: [0], ranges: [] },
    nextShards: [],
  },
  { type: 'parameters', job: 'job-1', term: 3, step: 401, chunk: 0, chunks: 65_536, values },
  { type: 'parametersReceived', worker: 'w-1', job: 'job-1', term: 3, step: 401, chunks: 2 },
  { type: 'pullParameters', worker: 'w-1', job: 'job-1', term: 3, step: 401 },
  {
    type: 'part',
    ...{ worker: 'w-1', job: 'job-1', term: 3, round: 412, level: 31, index: 0, chunk: 2, chunks: 3, values },
    counts: [0, 1, Number.MAX_SAFE_INTEGER],
    computeMicroseconds: 12_345,
  },
  { type: 'credit', job: 'job-1', term: 3, bytes: 16_777_216 },
  { type: 'failed', worker: 'w-1', job: 'job-1', term: 3, round: 0, code: 'CANARY_MISMATCH', message: 'otherwise' },
  { type: 'release', job: 'job-1', term: Number.MAX_SAFE_INTEGER },
  { type: 'leave', worker: 'w'.repeat(64), session: 's_1' },
  { type: 'drain', session: 's_1' },
];

export const VERSION_1_FRAMES: readonly { readonly frame: Frame; readonly bytes: Uint8Array }[] = FRAMES.map(
  (frame, index) => ({ frame, bytes: Uint8Array.from(Buffer.from(BYTES[index] ?? '', 'hex')) }),
);
