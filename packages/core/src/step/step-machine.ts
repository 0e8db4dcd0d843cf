/**
 * Decides who computes what and what counts: events in, effects out, no clock, no I/O. The same machine runs in the
 * coordinator and in the tests with lost, doubled, reordered and late messages.
 *
 * Coverage decides, not names: whichever worker's node comes first is taken, as all compute the same bits. A worker
 * that is lost, or late by its own history, has its open slices given to others.
 */
import { assignRanges, type AssignedRange, type WorkerShare } from './assignment.js';
import { Coverage } from './coverage.js';
import type { LossReason, OutstandingRange, RejectReason, RoundKind, StepEffect, StepEvent } from './events.js';
import { WorkerSpeeds } from './worker-speeds.js';
import type { SliceRange, TreeNode } from './reduction-tree.js';

export interface StepMachineOptions {
  readonly term: number;
  /** Below this many workers a minibatch is not handed out. */
  readonly minWorkers: number;
  /** A range is late after this many times the time its worker usually needs … */
  readonly lateFactor: number;
  /** … and not before this many milliseconds. */
  readonly lateMinimum: number;
  /** A range of a worker without history is late after this many milliseconds. */
  readonly lateWithoutHistory: number;
}

export const STEP_MACHINE_DEFAULTS = {
  lateFactor: 4,
  lateMinimum: 500,
  lateWithoutHistory: 10_000,
} as const satisfies Partial<StepMachineOptions>;

interface Round {
  readonly number: number;
  readonly kind: RoundKind;
  readonly coverage: Coverage;
  /** Handed out and not yet covered, in the order of handing out. */
  outstanding: OutstandingRange[];
  handedOut: boolean;
}

export class StepMachine {
  readonly #options: StepMachineOptions;
  readonly #threads = new Map<string, number>();
  /** Workers that finish what they have of this round and get nothing more. */
  readonly #leaving = new Set<string>();
  readonly #speeds = new WorkerSpeeds();
  #round: Round | undefined;
  #lastRound = 0;

  constructor(options: StepMachineOptions) {
    this.#options = options;
  }

  get workers(): readonly string[] {
    return [...this.#threads.keys()];
  }

  /** The milliseconds after which some range will be late, if nothing comes; undefined when nothing is out. */
  nextDeadline(): number | undefined {
    const round = this.#round;
    if (round === undefined || round.outstanding.length === 0) return undefined;
    return Math.min(...round.outstanding.map((range) => range.since + this.#patience(range, round.kind)));
  }

  handle(event: StepEvent): StepEffect[] {
    switch (event.type) {
      case 'worker-ready':
        return this.#workerReady(event.worker, event.threads, event.now);
      case 'worker-lost':
        return this.#workerLost(event.worker, event.reason, event.now);
      case 'start':
        return this.#start(event.round, event.kind, event.sliceCount, event.now);
      case 'part':
        return this.#part(event);
      case 'tick':
        return this.#reissueLate(event.now);
    }
  }

  /** Why a part would be refused, so that its chunks need not be kept; undefined when it would be taken. */
  refusal(worker: string, term: number, round: number, node: TreeNode): RejectReason | undefined {
    if (term !== this.#options.term) return 'stale-term';
    if (!this.#threads.has(worker) && !this.#leaving.has(worker)) return 'unknown-worker';
    if (this.#round === undefined || round !== this.#round.number) {
      return round > this.#lastRound ? 'future-round' : 'stale-round';
    }
    if (node.index * 2 ** node.level >= this.#round.coverage.sliceCount) return 'outside';
    return this.#round.coverage.isFree(node) ? undefined : 'covered';
  }

  /** What the round waits for, for people: `slices of w3, 12 s`. */
  waitingFor(now: number): string {
    const round = this.#round;
    if (round === undefined) return 'nothing';
    if (!round.handedOut || round.outstanding.length === 0) return this.#tooFewWorkers();
    const since = Math.min(...round.outstanding.map((range) => range.since), now);
    const workers = [...new Set(round.outstanding.map((range) => range.worker))].join(', ');
    return `${String(round.coverage.missing)} slices of ${workers}, ${String(Math.round((now - since) / 1000))} s`;
  }

  #workerReady(worker: string, threads: number, now: number): StepEffect[] {
    this.#threads.set(worker, threads);
    this.#leaving.delete(worker);
    const round = this.#round;
    if (round === undefined) return [];
    return round.handedOut ? this.#orphans(round, now) : this.#handOut(round, now);
  }

  /** Slices that nobody has, since all that had them are gone: the newcomer gets them. */
  #orphans(round: Round, now: number): StepEffect[] {
    const open = round.coverage.uncovered({ first: 0, end: round.coverage.sliceCount });
    const unowned = open.flatMap((run) => minus(run, round.outstanding));
    return unowned.length === 0 ? [] : this.#give(round, unowned, this.workers, 'lost', now);
  }

  /** One that is drained still sends what it has begun: only what is open when it has left goes to others. */
  #workerLost(worker: string, reason: LossReason, now: number): StepEffect[] {
    this.#threads.delete(worker);
    this.#leaving.delete(worker);
    const round = this.#round;
    if (reason === 'drained' && round?.outstanding.some((range) => range.worker === worker) === true) {
      this.#leaving.add(worker);
      return [];
    }
    this.#speeds.forget(worker);
    if (round === undefined) return [];
    round.outstanding = round.outstanding.filter((range) => range.worker !== worker);
    if (!round.handedOut || this.#threads.size === 0) return [{ type: 'waiting', sentence: this.#tooFewWorkers() }];
    return this.#orphans(round, now);
  }

  #start(number: number, kind: RoundKind, sliceCount: number, now: number): StepEffect[] {
    this.#lastRound = number;
    this.#round = { number, kind, coverage: new Coverage(sliceCount), outstanding: [], handedOut: false };
    return this.#handOut(this.#round, now);
  }

  #handOut(round: Round, now: number): StepEffect[] {
    if (this.#threads.size < Math.max(1, this.#options.minWorkers)) {
      return [{ type: 'waiting', sentence: this.#tooFewWorkers() }];
    }
    round.handedOut = true;
    return this.#give(round, [{ first: 0, end: round.coverage.sliceCount }], this.workers, 'none', now);
  }

  #tooFewWorkers(): string {
    const wanted = Math.max(1, this.#options.minWorkers);
    return `ready workers: ${String(this.#threads.size)} of ${String(wanted)} (cluster.minWorkers)`;
  }

  #shares(workers: readonly string[], runs: readonly SliceRange[]): WorkerShare[] {
    const slices = runs.reduce((sum, { first, end }) => sum + end - first, 0);
    const threadsOf = (worker: string) => ({ worker, threads: this.#threads.get(worker) ?? 1 });
    return this.#speeds.shares(workers.map(threadsOf), slices);
  }

  #give(
    round: Round,
    runs: readonly SliceRange[],
    workers: readonly string[],
    reissue: 'none' | 'lost' | 'late',
    now: number,
  ): StepEffect[] {
    const shares = this.#shares(workers, runs);
    const ranges: AssignedRange[] = runs.flatMap((run) => assignRanges(run, shares));
    // An order that is given to the same worker once more is still one order.
    const given = (held: OutstandingRange) => ranges.some((range) => isSame(range, held));
    round.outstanding = round.outstanding.filter((held) => !given(held));
    round.outstanding.push(...ranges.map((range) => ({ ...range, since: now, overdue: false })));
    return [{ type: 'begin', round: round.number, ranges, reissue }];
  }

  #part(event: Extract<StepEvent, { type: 'part' }>): StepEffect[] {
    const { worker, node, now } = event;
    const reason = this.refusal(worker, event.term, event.round, node);
    if (reason !== undefined) return [{ type: 'reject', worker, node, reason }];
    const round = this.#round as Round;
    round.coverage.accept(node);
    this.#settle(round, worker, now);
    const accepted: StepEffect = { type: 'accept', worker, node };
    if (!round.coverage.complete) return [accepted];
    this.#round = undefined;
    return [accepted, { type: 'complete', round: round.number }];
  }

  /** Takes ranges that are fully covered off the list, and learns the sender's speed from its own that were in time. */
  #settle(round: Round, sender: string, now: number): void {
    round.outstanding = round.outstanding.filter((range) => {
      if (round.coverage.uncovered(range).length > 0) return true;
      if (range.worker === sender && !range.overdue) {
        this.#speeds.observe(sender, round.kind, range.end - range.first, now - range.since);
      }
      return false;
    });
  }

  #patience(range: OutstandingRange, kind: RoundKind): number {
    const usual = this.#speeds.expected(range.worker, kind, range.end - range.first);
    if (usual === undefined) return this.#options.lateWithoutHistory;
    return Math.max(this.#options.lateMinimum, usual * this.#options.lateFactor);
  }

  #reissueLate(now: number): StepEffect[] {
    const round = this.#round;
    if (!round?.handedOut) return [];
    const late = round.outstanding.filter((range) => now - range.since >= this.#patience(range, round.kind));
    if (late.length === 0) return [];
    const lateWorkers = new Set(late.map((range) => range.worker));
    const busy = new Set(round.outstanding.map((range) => range.worker));
    const idle = this.workers.filter((worker) => !busy.has(worker));
    const others = this.workers.filter((worker) => !lateWorkers.has(worker));
    // With nobody idle the order itself may have been lost: it goes to the others, or once more to the same worker.
    const takers = idle.length > 0 ? idle : others.length > 0 ? others : this.workers;
    this.#learnLateness(late, round.kind, takers, now);
    const runs = merge(late.flatMap((range) => round.coverage.uncovered(range)));
    const noted = (range: OutstandingRange) => (late.includes(range) ? { ...range, since: now, overdue: true } : range);
    round.outstanding = round.outstanding.map(noted);
    // Only drained workers are left, and they get nothing more.
    if (takers.length === 0) return [];
    return this.#give(round, runs, takers, 'late', now);
  }

  /** A worker whose slices go to others is at least that slow: else one that became slow would keep its share. */
  #learnLateness(late: readonly OutstandingRange[], kind: RoundKind, takers: readonly string[], now: number): void {
    for (const { worker, first, end, since, overdue } of late) {
      if (!overdue && !takers.includes(worker)) this.#speeds.observeLate(worker, kind, end - first, now - since);
    }
  }
}

function isSame(a: AssignedRange, b: AssignedRange): boolean {
  return a.worker === b.worker && a.first === b.first && a.end === b.end;
}

/** The parts of `run` that no range of `ranges` holds. */
function minus(run: SliceRange, ranges: readonly SliceRange[]): SliceRange[] {
  return ranges.reduce<SliceRange[]>(
    (runs, range) =>
      runs.flatMap((rest) =>
        [
          { first: rest.first, end: Math.min(rest.end, range.first) },
          { first: Math.max(rest.first, range.end), end: rest.end },
        ].filter((piece) => piece.end > piece.first),
      ),
    [run],
  );
}

/** Overlapping and adjoining runs as one. */
function merge(runs: readonly SliceRange[]): SliceRange[] {
  const sorted = [...runs].sort((a, b) => a.first - b.first);
  const merged: SliceRange[] = [];
  for (const run of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && run.first <= last.end) {
      merged[merged.length - 1] = { first: last.first, end: Math.max(last.end, run.end) };
    } else {
      merged.push(run);
    }
  }
  return merged;
}
