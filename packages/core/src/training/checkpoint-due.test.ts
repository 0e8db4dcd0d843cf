import { describe, expect, it } from 'vitest';
import { checkpointDue, type CheckpointMoment } from './checkpoint-due.js';

const plan = { everySteps: null, everySeconds: 60, keep: 3 };

const moment = (changes: Partial<CheckpointMoment>): CheckpointMoment => ({
  ...{ now: 1000, step: 5, epochEnded: false, last: { step: 0, at: 0 }, lastMilliseconds: 0 },
  ...changes,
});

describe('a checkpoint is due', () => {
  it('at the end of an epoch', () => {
    expect(checkpointDue(plan, moment({}))).toBe(false);
    expect(checkpointDue(plan, moment({ epochEnded: true }))).toBe(true);
  });

  it('after so many seconds and after so many steps', () => {
    expect(checkpointDue(plan, moment({ now: 59_999 }))).toBe(false);
    expect(checkpointDue(plan, moment({ now: 60_000 }))).toBe(true);
    expect(checkpointDue({ ...plan, everySteps: 5 }, moment({}))).toBe(true);
    expect(checkpointDue({ ...plan, everySteps: 6 }, moment({}))).toBe(false);
  });

  it('never twice at the same place', () => {
    expect(checkpointDue(plan, moment({ now: 1e9, last: { step: 5, at: 0 } }))).toBe(false);
  });

  it('only when writing has not taken more than a tenth of the time', () => {
    expect(checkpointDue(plan, moment({ epochEnded: true, lastMilliseconds: 101 }))).toBe(false);
    expect(checkpointDue(plan, moment({ epochEnded: true, lastMilliseconds: 100 }))).toBe(true);
  });
});
