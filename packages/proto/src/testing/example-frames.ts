/** One or more valid frames of every type, for tests: with typical, least and largest fields. */
import { floatBytes } from '../chunking.js';
import type { Frame } from '../frames.js';

const sha256 = '0123456789abcdef'.repeat(4);
const values = floatBytes(Float32Array.from([1.5, -0, Infinity, 1e-42, 3.25]));

export function exampleFrames(): Frame[] {
  return [
    {
      ...{ type: 'hello', worker: 'w-1', protocol: 1, threads: 8, host: 'höst', pid: 4711 },
      ...{ cpuClass: 'avx512/tf2.9.1', memoryBytes: 2 ** 33, newestProtocol: 2 },
    },
    { type: 'welcome', accepted: true, reason: '', heartbeatMilliseconds: 1000, session: 's_1', protocol: 2 },
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
      ...{ type: 'heartbeat', worker: 'w-1', session: 's_1', draining: false },
      holds: [
        { job: 'job-1', term: 3 },
        { job: 'job-2', term: Number.MAX_SAFE_INTEGER },
      ],
    },
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
    { type: 'enrol', worker: 'w-1', publicKey: `U${'A7'.repeat(27)}B` },
    { type: 'enrolled', accepted: true, reason: '', jwt: 'eyJ0.eyJq-_.x9', seconds: 3600 },
    { type: 'enrolled', accepted: false, reason: 'that name is taken', jwt: '', seconds: 0 },
    {
      ...{ type: 'logs', worker: 'w-1', job: 'job-1', dropped: 3 },
      lines: [
        { milliseconds: 1_700_000_000_000, level: 'warn', message: 'late', details: '{"step":4}' },
        { milliseconds: 0, level: 'info', message: '', details: '{}' },
      ],
    },
    { type: 'logs', worker: 'w-1', job: 'job-1', lines: [], dropped: Number.MAX_SAFE_INTEGER },
  ];
}
