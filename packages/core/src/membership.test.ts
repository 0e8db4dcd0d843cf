import { describe, expect, it } from 'vitest';
import { Membership, MEMBERSHIP_DEFAULTS, type Member } from './membership.js';

const member = (worker: string, session: string, lastHeard: number): Member => ({
  ...{ worker, session, lastHeard, threads: 2, host: 'h', pid: 1, cpuClass: 'c', memoryBytes: 0, draining: false },
});

const { lostAfterMilliseconds } = MEMBERSHIP_DEFAULTS;

describe('the membership', () => {
  it('loses who was not heard for too long, once, and nobody else', () => {
    const membership = new Membership();
    membership.admit(member('a', 's1', 1000));
    membership.admit(member('b', 's2', 1000));
    membership.heard('b', 's2', false, 3000);
    expect(membership.expire(1000 + lostAfterMilliseconds)).toEqual([]);
    expect(membership.expire(1001 + lostAfterMilliseconds).map(({ worker }) => worker)).toEqual(['a']);
    expect(membership.expire(1002 + lostAfterMilliseconds)).toEqual([]);
    expect(membership.members.map(({ worker }) => worker)).toEqual(['b']);
  });

  it('does not know a session that it has not given, so that the worker says hello again', () => {
    const membership = new Membership();
    expect(membership.heard('a', 's1', false, 0)).toBe(false);
    membership.admit(member('a', 's1', 0));
    expect(membership.heard('a', 's0', false, 1)).toBe(false);
    expect(membership.heard('a', 's1', false, 1)).toBe(true);
    membership.expire(1e9);
    expect(membership.heard('a', 's1', false, 1e9)).toBe(false);
  });

  it('takes another hello for a restart: the new session counts, the old one does not', () => {
    const membership = new Membership();
    membership.admit(member('a', 's1', 0));
    membership.admit(member('a', 's2', 10));
    expect(membership.members).toHaveLength(1);
    expect(membership.heard('a', 's1', false, 11)).toBe(false);
    expect(membership.heard('a', 's2', false, 11)).toBe(true);
    expect(membership.get('a')).toMatchObject({ session: 's2', lastHeard: 11 });
  });

  it('remembers that a worker drains', () => {
    const membership = new Membership();
    membership.admit(member('a', 's1', 0));
    membership.heard('a', 's1', true, 1);
    expect(membership.get('a')?.draining).toBe(true);
  });

  it('forgets who is removed', () => {
    const membership = new Membership();
    membership.admit(member('a', 's1', 0));
    membership.remove('a');
    expect(membership.get('a')).toBeUndefined();
    expect(membership.members).toEqual([]);
  });

  it('knows only the times that it is handed: a wall clock that jumps expires nobody', () => {
    const membership = new Membership();
    const wallClock = Date.now;
    membership.admit(member('a', 's1', 0));
    try {
      Date.now = () => wallClock() + 3_600_000;
      expect(membership.expire(100)).toEqual([]);
      Date.now = () => 0;
      expect(membership.expire(200)).toEqual([]);
    } finally {
      Date.now = wallClock;
    }
    // Nor does a time that goes back, should a caller hand one in.
    expect(membership.expire(-5000)).toEqual([]);
  });
});
