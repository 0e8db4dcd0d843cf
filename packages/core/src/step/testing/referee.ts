/** Knows what the step machine may do, from what it was told and nothing else, and throws when it does otherwise. */
import type { AssignedRange } from '../assignment.js';
import type { RejectReason, StepEffect, StepEvent } from '../events.js';
import { nodeRange, type TreeNode } from '../reduction-tree.js';
import { STEP_MACHINE_DEFAULTS } from '../step-machine.js';

interface Holder {
  readonly worker: string;
  readonly since: number;
}

interface Round {
  readonly number: number;
  readonly covered: Uint8Array;
  /** By slice: who was told to compute it and has not been lost since. */
  readonly holders: Holder[][];
  handedOut: boolean;
  complete: boolean;
}

export class Referee {
  readonly log: string[] = [];
  readonly rejected: Partial<Record<RejectReason, number>> = {};
  reissued = { lost: 0, late: 0 };
  waited = 0;
  readonly #term: number;
  readonly #minWorkers: number;
  readonly #ready = new Set<string>();
  /** Drained while they held something: they may still send it. */
  readonly #leaving = new Set<string>();
  #round: Round | undefined;

  constructor(term: number, minWorkers: number) {
    this.#term = term;
    this.#minWorkers = minWorkers;
  }

  /** @param workers as the machine names them after the event */
  judge(event: StepEvent, effects: readonly StepEffect[], workers: readonly string[]): void {
    this.log.push(JSON.stringify([event, effects]));
    this.#note(event);
    check([...this.#ready].sort().join() === [...workers].sort().join(), 'the machine knows who is ready');
    for (const effect of effects) this.#judgeEffect(event, effect);
    if (event.type === 'part') {
      const answers = effects.filter(({ type }) => type === 'accept' || type === 'reject');
      check(answers.length === 1, 'a part is taken or refused');
    }
    this.#judgeHanding(event, effects);
  }

  #note(event: StepEvent): void {
    if (event.type === 'worker-ready') {
      this.#ready.add(event.worker);
      this.#leaving.delete(event.worker);
    }
    if (event.type === 'worker-lost') this.#noteLoss(event.worker, event.reason === 'drained');
    if (event.type !== 'start') return;
    const { round: number, sliceCount } = event;
    const holders = Array.from({ length: sliceCount }, () => []);
    this.#round = { number, covered: new Uint8Array(sliceCount), holders, handedOut: false, complete: false };
  }

  #noteLoss(lost: string, drained: boolean): void {
    this.#ready.delete(lost);
    this.#leaving.delete(lost);
    const round = this.#round;
    if (round === undefined) return;
    const isOpen = (_: unknown, slice: number) => round.covered[slice] === 0;
    if (drained && round.holders.filter(isOpen).some((holders) => holders.some(({ worker }) => worker === lost))) {
      this.#leaving.add(lost);
      return;
    }
    round.holders.forEach((holders, slice) => {
      round.holders[slice] = holders.filter(({ worker }) => worker !== lost);
    });
  }

  #maySend(worker: string): boolean {
    return this.#ready.has(worker) || this.#leaving.has(worker);
  }

  #judgeEffect(event: StepEvent, effect: StepEffect): void {
    switch (effect.type) {
      case 'begin':
        this.#judgeBegin(event, effect.round, effect.ranges, effect.reissue);
        return;
      case 'accept':
        this.#judgeAccept(event, effect.node);
        return;
      case 'reject':
        this.rejected[effect.reason] = (this.rejected[effect.reason] ?? 0) + 1;
        this.#judgeReject(event);
        return;
      case 'complete':
        this.#judgeComplete(effect.round);
        return;
      case 'waiting':
        this.waited += 1;
        check(
          /^ready workers: \d+ of \d+ \(cluster\.minWorkers\)$/.test(effect.sentence),
          'the sentence says who is missing',
        );
        check(this.#ready.size < this.#minWorkers || this.#ready.size === 0, 'it waits only while workers are missing');
    }
  }

  #judgeBegin(
    event: StepEvent,
    number: number,
    ranges: readonly AssignedRange[],
    reissue: 'none' | 'lost' | 'late',
  ): void {
    const round = this.#open();
    check(number === round.number, 'orders are for the round that is open');
    check(ranges.length > 0, 'an order has ranges');
    const before = round.holders.map((holders) => [...holders]);
    for (const { worker, first, end } of ranges) {
      check(this.#ready.has(worker), 'no order goes to a worker that is not ready');
      check(first >= 0 && first < end && end <= round.covered.length, 'ranges lie in the minibatch');
      for (let slice = first; slice < end; slice++) {
        check(round.covered[slice] === 0, 'what is covered is not given out');
        this.#judgeReason(event.now, before[slice] as Holder[], reissue);
        round.holders[slice]?.push({ worker, since: event.now });
        if (reissue !== 'none') this.reissued[reissue] += 1;
      }
    }
    if (reissue === 'none') {
      check(!round.handedOut && round.holders.every((holders) => holders.length === 1), 'each slice is given out once');
      check(this.#ready.size >= this.#minWorkers, 'nothing is handed out below minWorkers');
    }
    round.handedOut = true;
  }

  #judgeReason(now: number, holders: readonly Holder[], reissue: 'none' | 'lost' | 'late'): void {
    if (reissue === 'none' || reissue === 'lost') check(holders.length === 0, 'nobody holds what is given out as lost');
    else {
      const late = holders.some(({ since }) => now - since >= STEP_MACHINE_DEFAULTS.lateMinimum);
      check(late, 'what is given out as late was out for a while');
    }
  }

  #judgeAccept(event: StepEvent, node: TreeNode): void {
    const round = this.#open();
    check(event.type === 'part' && event.term === this.#term, 'nothing of another term is taken');
    check(event.type === 'part' && event.round === round.number, 'nothing of another round is taken');
    check(event.type === 'part' && this.#maySend(event.worker), 'nothing of an unknown worker is taken');
    const { first, end } = nodeRange(node, round.covered.length);
    check(end > first, 'a node covers something');
    for (let slice = first; slice < end; slice++) {
      check(round.covered[slice] === 0, 'no slice is taken twice');
      round.covered[slice] = 1;
    }
  }

  /** A part that is good must not be refused. */
  #judgeReject(event: StepEvent): void {
    if (event.type !== 'part') throw new Error('Only parts are refused.');
    const round = this.#round;
    const open = round !== undefined && !round.complete && round.number === event.round && this.#maySend(event.worker);
    if (!open || event.term !== this.#term) return;
    const { first, end } = nodeRange(event.node, round.covered.length);
    check(first >= end || round.covered.subarray(first, end).includes(1), 'a part that is good is not refused');
  }

  #judgeComplete(number: number): void {
    const round = this.#open();
    check(round.number === number, 'the round that is open completes');
    check(!round.covered.includes(0), 'a complete round has every slice');
    round.complete = true;
  }

  /** Whatever happened, every open slice is in somebody's hands while enough workers are ready. */
  #judgeHanding(event: StepEvent, effects: readonly StepEffect[]): void {
    const round = this.#round;
    if (round === undefined || round.complete) return;
    const possible = this.#ready.size > 0 && (round.handedOut || this.#ready.size >= this.#minWorkers);
    const orphan = round.holders.some((holders, slice) => round.covered[slice] === 0 && holders.length === 0);
    check(!possible || !orphan, 'no open slice is in nobody’s hands');
    const stalls = !possible && orphan && (event.type === 'start' || event.type === 'worker-lost');
    check(!stalls || effects.some(({ type }) => type === 'waiting'), 'it says so when nothing can go on');
  }

  #open(): Round {
    if (this.#round === undefined || this.#round.complete) throw new Error('No round is open.');
    return this.#round;
  }
}

function check(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`A rule is broken: ${rule}.`);
}
