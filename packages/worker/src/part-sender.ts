/** Sends parts to the coordinator, no more bytes at a time than it has given credit for. */
import { chunkCount, chunkRange, encodeFrame, floatBytes, subjects, type PartFrame } from '@lockstep/proto';
import type { Bus } from '@lockstep/transport';
import type { SliceSums, TreeNode } from '@lockstep/core';

export interface PartAddress {
  readonly worker: string;
  readonly job: string;
  readonly term: number;
  readonly round: number;
}

/** Without credit for so long, what is out is taken for lost: else lost messages would close the window for good. */
const PATIENCE_MILLISECONDS = 2000;

interface Waiting {
  readonly round: number;
  readonly bytes: number;
  readonly send: () => void;
}

export class PartSender {
  readonly #bus: Bus;
  readonly #window: number;
  #outstanding = 0;
  #waiting: Waiting[] = [];
  #patience: NodeJS.Timeout | undefined;

  /** @param window bytes that may be outstanding */
  constructor(bus: Bus, window: number) {
    this.#bus = bus;
    this.#window = window;
  }

  /** @param sent called when the values have been read for the last time */
  send(
    address: PartAddress,
    node: TreeNode,
    sums: SliceSums,
    computeMicroseconds: number,
    sent: (values: Float32Array) => void,
  ): void {
    const chunks = chunkCount(sums.values.length);
    for (let chunk = 0; chunk < chunks; chunk++) {
      const { first, end } = chunkRange(sums.values.length, chunk);
      const last = chunk === chunks - 1;
      const frame: PartFrame = {
        type: 'part',
        ...address,
        level: node.level,
        index: node.index,
        chunk,
        chunks,
        values: floatBytes(sums.values, first, end),
        counts: last ? Array.from(sums.counts) : [],
        computeMicroseconds: last ? computeMicroseconds : 0,
      };
      this.#enqueue({
        round: address.round,
        bytes: (end - first) * Float32Array.BYTES_PER_ELEMENT,
        send: () => {
          this.#bus.publish(subjects.part(address.worker), encodeFrame(frame));
          if (last) sent(sums.values);
        },
      });
    }
  }

  /** The coordinator has taken that many bytes. */
  credit(bytes: number): void {
    this.#outstanding = Math.max(0, this.#outstanding - bytes);
    this.#stopWaiting();
    this.#drain();
  }

  /** Parts of earlier rounds that have not been sent are not wanted any more. */
  forgetBefore(round: number): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.round >= round);
  }

  /** Forgets what is outstanding and waiting: the job is over for this worker. */
  reset(): void {
    this.#outstanding = 0;
    this.#waiting = [];
    this.#stopWaiting();
  }

  #enqueue(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#drain();
  }

  #drain(): void {
    let next = this.#waiting[0];
    while (next !== undefined && (this.#outstanding === 0 || this.#outstanding + next.bytes <= this.#window)) {
      this.#waiting.shift();
      this.#outstanding += next.bytes;
      next.send();
      next = this.#waiting[0];
    }
    if (next === undefined) this.#stopWaiting();
    else this.#patience ??= setTimeout(() => this.#runOutOfPatience(), PATIENCE_MILLISECONDS);
  }

  #runOutOfPatience(): void {
    this.#patience = undefined;
    this.#outstanding = 0;
    this.#drain();
  }

  #stopWaiting(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }
}
