/**
 * Recorded graphs, by what of a job they depend on. Recording takes a second or more, so jobs of equal graphs share one
 * recording, and that a job can be recorded is remembered for longer than its graphs are kept.
 */
import { createHash } from 'node:crypto';
import type { JobPlan } from '@lockstep/core';
import { graphPlan } from '@lockstep/engine';
import { canonicalJson } from '../jobs/canonical-json.js';

/** Graphs of this many kinds of jobs stay in memory: as many as run, and a few that are about to. */
const KEPT = 8;
/** Kinds of jobs that are known to be recordable: a hash each. */
const REMEMBERED = 10_000;

export class CompileCache<T> {
  readonly #record: (plan: JobPlan) => Promise<T>;
  /** The one that was asked for last is last. */
  readonly #kept = new Map<string, T>();
  readonly #recording = new Map<string, Promise<T>>();
  readonly #recordable = new Set<string>();

  /** @param record makes the graphs of a `graphPlan`, or says why they cannot be made */
  constructor(record: (plan: JobPlan) => Promise<T>) {
    this.#record = record;
  }

  /** Resolves when the job's graphs are known to be recordable; rejects with what recording them does. */
  async check(plan: JobPlan): Promise<void> {
    if (!this.#recordable.has(keyOf(graphPlan(plan)))) await this.get(plan);
  }

  /** The job's graphs. Rejects with what recording them does. */
  async get(plan: JobPlan): Promise<T> {
    const wanted = graphPlan(plan);
    const key = keyOf(wanted);
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#keep(key, kept);
      return kept;
    }
    const recording = this.#recording.get(key) ?? this.#start(key, wanted);
    return recording;
  }

  async #start(key: string, plan: JobPlan): Promise<T> {
    const recording = this.#record(plan);
    this.#recording.set(key, recording);
    try {
      const graphs = await recording;
      this.#keep(key, graphs);
      remember(this.#recordable, key, REMEMBERED);
      return graphs;
    } finally {
      this.#recording.delete(key);
    }
  }

  #keep(key: string, graphs: T): void {
    this.#kept.delete(key);
    this.#kept.set(key, graphs);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}

function keyOf(plan: JobPlan): string {
  return createHash('sha256').update(canonicalJson(plan)).digest('hex');
}

function remember(set: Set<string>, key: string, most: number): void {
  set.add(key);
  const [oldest] = set;
  if (set.size > most && oldest !== undefined) set.delete(oldest);
}
