/**
 * The parameters that this worker holds, in memory that its threads share. Two versions live side by side, so that the
 * next can arrive while the last is still computed with.
 */
import { ChunkAssembler, type ParametersFrame } from '@lockstep/proto';

interface Slot {
  readonly values: Float32Array;
  readonly assembler: ChunkAssembler;
  /** Optimiser steps applied to what is in it or arriving in it; -1 at first. */
  step: number;
}

interface Waiter {
  readonly step: number;
  readonly resolve: (values: Float32Array) => void;
}

export class ParameterBlock {
  readonly #slots: readonly [Slot, Slot];
  #waiters: Waiter[] = [];

  constructor(parameters: number) {
    const slot = (): Slot => {
      const values = new Float32Array(new SharedArrayBuffer(parameters * Float32Array.BYTES_PER_ELEMENT));
      return { values, assembler: new ChunkAssembler(values), step: -1 };
    };
    this.#slots = [slot(), slot()];
  }

  /** @returns whether the parameters of the frame's step are now complete */
  add(frame: ParametersFrame): boolean {
    const slot = this.#slots[frame.step % 2] as Slot;
    if (frame.step < slot.step) return false;
    if (frame.step > slot.step) {
      slot.step = frame.step;
      slot.assembler.reset();
    }
    const outcome = slot.assembler.add(frame.chunk, frame.chunks, frame.values);
    if (outcome !== 'complete') return false;
    const ready = this.#waiters.filter((waiter) => waiter.step === frame.step);
    this.#waiters = this.#waiters.filter((waiter) => waiter.step > frame.step);
    for (const waiter of ready) waiter.resolve(slot.values);
    return true;
  }

  /** The parameters after that many steps, if they are all here. */
  get(step: number): Float32Array | undefined {
    const slot = this.#slots[step % 2] as Slot;
    return slot.step === step && slot.assembler.complete ? slot.values : undefined;
  }

  /** Resolves when the parameters after that many steps are here; never, when they are overtaken by later ones. */
  wait(step: number): Promise<Float32Array> {
    const values = this.get(step);
    if (values !== undefined) return Promise.resolve(values);
    return new Promise((resolve) => this.#waiters.push({ step, resolve }));
  }
}
