/**
 * Workers around a step machine, in virtual time: they compute after a while, and die, stop, come back and drain; what
 * is said between them and the machine is lost, doubled, reordered or late. Every event and effect goes to the
 * referee, which knows the rules.
 */
import type { StepEffect, StepEvent } from '../events.js';
import { nodesOfRange, type SliceRange, type TreeNode } from '../reduction-tree.js';
import { STEP_MACHINE_DEFAULTS, StepMachine } from '../step-machine.js';
import { Referee } from './referee.js';
import { Chance, Schedule } from './schedule.js';

export interface Weather {
  readonly seed: number;
  readonly workers: number;
  readonly minWorkers: number;
  readonly rounds: number;
  /** Chances of each message. */
  readonly loss: number;
  readonly doubling: number;
  readonly lateness: number;
  /** Chance of each worker, every second, that something happens to it. */
  readonly trouble: number;
  /** Chance of each message of a round to come with one that belongs nowhere. */
  readonly strays: number;
}

/** computing: alive; draining: finishes what it has; stopped: holds everything back until it goes on; gone: dead. */
type WorkerState = 'computing' | 'draining' | 'stopped' | 'gone';

interface SimulatedWorker {
  readonly name: string;
  readonly millisecondsPerSlice: number;
  state: WorkerState;
  /** Grows when it dies: what it had under way is gone. */
  life: number;
  round: number;
  held: (() => void)[];
}

const TERM = 3;
const LOST_AFTER_MILLISECONDS = 4000;
const PATIENCE_MILLISECONDS = 2 * 3_600_000;

export class SimulatedCluster {
  readonly referee: Referee;
  readonly #weather: Weather;
  readonly #chance: Chance;
  readonly #schedule = new Schedule();
  readonly #machine: StepMachine;
  readonly #workers: readonly SimulatedWorker[];
  #tick = 0;
  #sliceCount = 0;
  #round = 0;
  #finished = 0;

  constructor(weather: Weather) {
    const { workers, minWorkers } = weather;
    this.#weather = weather;
    this.#chance = new Chance(weather.seed);
    this.#machine = new StepMachine({ ...STEP_MACHINE_DEFAULTS, term: TERM, minWorkers });
    this.referee = new Referee(TERM, minWorkers);
    this.#workers = Array.from({ length: workers }, (_, index) => ({
      name: `w${index}`,
      millisecondsPerSlice: this.#chance.between(1, 60),
      ...{ state: 'gone', life: 0, round: 0, held: [] },
    }));
  }

  /** Runs all rounds. Throws when a rule is broken, or when a round does not end. */
  run(): Referee {
    for (const worker of this.#workers) this.#comeBackLater(worker, 0, 3000);
    this.#schedule.after(this.#chance.between(0, 2000), () => this.#start());
    this.#schedule.after(1000, () => this.#stir());
    while (this.#finished < this.#weather.rounds) {
      const more = this.#schedule.next();
      if (!more || this.#schedule.now > PATIENCE_MILLISECONDS) {
        throw new Error(`Round ${this.#round} hangs: ${this.#machine.waitingFor(this.#schedule.now)}`);
      }
    }
    return this.referee;
  }

  #handle(event: StepEvent): void {
    const effects = this.#machine.handle(event);
    this.referee.judge(event, effects, this.#machine.workers);
    for (const effect of effects) this.#apply(effect);
    this.#wakeUp();
  }

  #apply(effect: StepEffect): void {
    if (effect.type === 'begin') {
      for (const range of effect.ranges) this.#send(() => this.#order(range.worker, effect.round, range));
    }
    if (effect.type !== 'complete') return;
    this.#finished += 1;
    this.#schedule.after(this.#chance.between(0, 5), () => this.#start());
  }

  #start(): void {
    this.#round += 1;
    this.#sliceCount = 1 + this.#chance.below(70);
    const kind = this.#chance.happens(0.2) ? 'evaluate' : 'train';
    const { now } = this.#schedule;
    this.#handle({ type: 'start', now, round: this.#round, kind, sliceCount: this.#sliceCount });
  }

  /** As the coordinator's timer does: a tick when the machine wants one, and not for what it wanted before. */
  #wakeUp(): void {
    const deadline = this.#machine.nextDeadline();
    const tick = ++this.#tick;
    if (deadline === undefined) return;
    this.#schedule.after(Math.max(1, deadline - this.#schedule.now), () => {
      if (tick === this.#tick) this.#handle({ type: 'tick', now: this.#schedule.now });
    });
  }

  /** A message's way: it may be lost, doubled, overtaken or late. */
  #send(arrive: () => void): void {
    const { loss, doubling, lateness } = this.#weather;
    if (this.#chance.happens(loss)) return;
    const copies = this.#chance.happens(doubling) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = this.#chance.happens(lateness);
      this.#schedule.after(late ? this.#chance.between(500, 30_000) : this.#chance.between(0.1, 8), arrive);
    }
  }

  #order(name: string, round: number, range: SliceRange): void {
    const worker = this.#worker(name);
    this.#whenAwake(worker, () => {
      if (round < worker.round) return;
      worker.round = round;
      const slices = range.end - range.first;
      const { life } = worker;
      const sliceCount = this.#sliceCount;
      const milliseconds = slices * worker.millisecondsPerSlice * this.#chance.between(0.8, 1.3);
      this.#schedule.after(milliseconds, () => {
        this.#whenAwake(worker, () => {
          if (worker.life === life && worker.round === round) this.#answer(worker, round, range, sliceCount);
        });
      });
    });
  }

  #answer(worker: SimulatedWorker, round: number, range: SliceRange, sliceCount: number): void {
    for (const node of nodesOfRange(range, sliceCount, this.#chance.below(8))) {
      this.#send(() => this.#part(worker.name, TERM, round, node));
      if (this.#chance.happens(this.#weather.strays)) this.#stray(worker.name, round, node);
    }
  }

  /** Something that should not count: of another term, round or worker, or of no slice at all. */
  #stray(name: string, round: number, { level, index }: TreeNode): void {
    const strays: (() => void)[] = [
      () => this.#part(name, TERM - 1, round, { level, index }),
      () => this.#part(name, TERM + 1, round, { level, index }),
      () => this.#part(name, TERM, round + 1 + this.#chance.below(3), { level, index }),
      () => this.#part(name, TERM, Math.max(0, round - 1), { level, index }),
      () => this.#part('nobody', TERM, round, { level, index }),
      () => this.#part(name, TERM, round, { level: level + this.#chance.below(4), index: index + 128 }),
    ];
    this.#send(strays[this.#chance.below(strays.length)] as () => void);
  }

  #part(worker: string, term: number, round: number, node: TreeNode): void {
    this.#handle({ type: 'part', now: this.#schedule.now, worker, term, round, node });
  }

  /** Every second something may happen to each worker but the first ones, which keep the job possible. */
  #stir(): void {
    for (const worker of this.#workers.slice(this.#weather.minWorkers)) {
      if (worker.state !== 'computing' || !this.#chance.happens(this.#weather.trouble)) continue;
      const troubles = [() => this.#die(worker), () => this.#stop(worker), () => this.#leave(worker)];
      (troubles[this.#chance.below(troubles.length)] as () => void)();
    }
    this.#schedule.after(1000, () => this.#stir());
  }

  #die(worker: SimulatedWorker): void {
    worker.state = 'gone';
    worker.life += 1;
    worker.held = [];
    const restartsSoon = this.#chance.happens(0.3);
    if (!restartsSoon) this.#schedule.after(LOST_AFTER_MILLISECONDS, () => this.#lose(worker, 'heartbeat'));
    this.#comeBackLater(worker, restartsSoon ? 100 : 5000, restartsSoon ? 2000 : 20_000);
  }

  #stop(worker: SimulatedWorker): void {
    worker.state = 'stopped';
    const milliseconds = this.#chance.between(100, 10_000);
    const noticed = milliseconds > LOST_AFTER_MILLISECONDS;
    if (noticed) this.#schedule.after(LOST_AFTER_MILLISECONDS, () => this.#lose(worker, 'heartbeat'));
    this.#schedule.after(milliseconds, () => {
      worker.state = 'computing';
      for (const action of worker.held.splice(0)) action();
      if (noticed) this.#ready(worker);
    });
  }

  /** At once, or when what it has begun is done, or before that; others hear of it at once, or miss its heartbeats. */
  #leave(worker: SimulatedWorker): void {
    const isDrained = this.#chance.happens(0.7);
    this.#lose(worker, isDrained ? 'drained' : 'left');
    worker.state = isDrained ? 'draining' : 'stopped';
    const stays = isDrained ? this.#chance.between(0, 3000) : this.#chance.between(0, 200);
    this.#schedule.after(stays, () => {
      worker.state = 'gone';
      worker.life += 1;
      worker.held = [];
      const noticed = this.#chance.happens(0.8) ? 0 : LOST_AFTER_MILLISECONDS;
      this.#schedule.after(noticed, () => this.#lose(worker, noticed === 0 ? 'left' : 'heartbeat'));
      this.#comeBackLater(worker, noticed + 100, noticed + 10_000);
    });
  }

  #comeBackLater(worker: SimulatedWorker, soonest: number, latest: number): void {
    this.#schedule.after(this.#chance.between(soonest, latest), () => {
      // A restarted worker's hello tells that its former self is gone.
      if (this.#machine.workers.includes(worker.name)) this.#lose(worker, 'left');
      worker.state = 'computing';
      worker.round = 0;
      this.#ready(worker);
    });
  }

  #ready({ name }: SimulatedWorker): void {
    const threads = 1 + (name.length % 2) + this.#chance.below(2);
    this.#handle({ type: 'worker-ready', now: this.#schedule.now, worker: name, threads });
  }

  #lose({ name }: SimulatedWorker, reason: 'heartbeat' | 'left' | 'drained'): void {
    this.#handle({ type: 'worker-lost', now: this.#schedule.now, worker: name, reason });
  }

  #whenAwake(worker: SimulatedWorker, action: () => void): void {
    if (worker.state === 'stopped') worker.held.push(action);
    else if (worker.state !== 'gone') action();
  }

  #worker(name: string): SimulatedWorker {
    const worker = this.#workers.find((one) => one.name === name);
    if (worker === undefined) throw new Error(`An order went to ${name}, who does not exist.`);
    return worker;
  }
}
