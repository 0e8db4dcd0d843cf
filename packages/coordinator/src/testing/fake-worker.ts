/** Stands in for workers and for the network, for tests of what the coordinator does with them. */
import { nodesOfRange, type TreeNode } from '@lockstep/core';
import {
  chunkCount,
  chunkRange,
  decodeFrame,
  encodeFrame,
  floatBytes,
  subjects,
  type BeginFrame,
  type Frame,
  type PartFrame,
} from '@lockstep/proto';
import type { MemoryNetwork, Transport } from '@lockstep/transport';
import { pino } from 'pino';

export const silentLog = pino({ level: 'silent' });
export const JOB = 'job-1';
export const TERM = 2;

/** The sums that every fake worker has for a slice, summed over a node: small whole numbers, so exact. */
export function sumsOf(first: number, end: number, length: number): { values: Float32Array; counts: number[] } {
  const values = new Float32Array(length);
  let count = 0;
  for (let slice = first; slice < end; slice++) {
    for (let i = 0; i < length; i++) values[i] = (values[i] as number) + slice + (i % 5);
    count += slice;
  }
  return { values, counts: [count, end - first] };
}

/** A part's frames, whole. */
export function partFrames(
  worker: string,
  { node, round, sliceCount, length }: { node: TreeNode; round: number; sliceCount: number; length: number },
): PartFrame[] {
  const first = node.index * 2 ** node.level;
  const { values, counts } = sumsOf(first, Math.min(first + 2 ** node.level, sliceCount), length);
  const chunks = chunkCount(length);
  return Array.from({ length: chunks }, (_, chunk) => {
    const range = chunkRange(length, chunk);
    const last = chunk === chunks - 1;
    return {
      ...{ type: 'part', worker, job: JOB, term: TERM, round, ...node, chunk, chunks },
      values: floatBytes(values, range.first, range.end),
      counts: last ? counts : [],
      computeMicroseconds: 0,
    };
  });
}

/** Hears a job's orders and answers each range that is its own with the right parts. */
export class FakeWorker {
  readonly name: string;
  readonly transport: Transport;
  readonly begins: BeginFrame[] = [];
  /** Everything that was ordered or sent to it alone. */
  readonly heard: Frame[] = [];
  /** What is done with a part instead of sending it. */
  answer: (frames: PartFrame[]) => void = (frames) => frames.forEach((frame) => this.send(frame));

  constructor(network: MemoryNetwork, name: string, length: number) {
    this.name = name;
    this.transport = network.connect(name);
    const { control, bulk } = this.transport;
    control.subscribe(subjects.jobBegin(JOB), ({ data }) => {
      const frame = frameOf(data);
      if (frame?.type === 'begin') this.#begin(frame, length);
    });
    for (const [bus, subject] of [
      [control, subjects.order(name)],
      [bulk, subjects.bulk(name)],
      [bulk, subjects.jobParameters(JOB)],
    ] as const) {
      bus.subscribe(subject, ({ data }) => {
        const frame = frameOf(data);
        if (frame !== undefined) this.heard.push(frame);
      });
    }
  }

  send(frame: Frame): void {
    this.transport.bulk.publish(subjects.part(this.name), encodeFrame(frame));
  }

  #begin(frame: BeginFrame, length: number): void {
    this.begins.push(frame);
    const { round, samples } = frame;
    for (const range of frame.ranges) {
      if (range.worker !== this.name) continue;
      for (const node of nodesOfRange(range, samples.length)) {
        this.answer(partFrames(this.name, { node, round, sliceCount: samples.length, length }));
      }
    }
  }
}

/** A copy: the network overwrites what it has lent. */
export function frameOf(data: Uint8Array): Frame | undefined {
  const result = decodeFrame(data.slice());
  return result.ok ? result.frame : undefined;
}

/** Lets everything happen that needs no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
