/** Who is in the cluster: admissions, heartbeats and losses, decided from handed-in times. */

export interface Member {
  readonly worker: string;
  readonly session: string;
  readonly threads: number;
  readonly host: string;
  readonly pid: number;
  readonly cpuClass: string;
  /** What all its jobs together may take; 0 when it has not said. */
  readonly memoryBytes: number;
  readonly lastHeard: number;
  readonly draining: boolean;
}

export interface MembershipOptions {
  /** Milliseconds between a worker's heartbeats. */
  readonly heartbeatMilliseconds: number;
  /** Without a heartbeat for this long a worker counts as lost. */
  readonly lostAfterMilliseconds: number;
}

/** A loaded machine may hold a heartbeat back for a second or two; users of such systems expect a loss to be noticed within five. */
export const MEMBERSHIP_DEFAULTS: MembershipOptions = { heartbeatMilliseconds: 500, lostAfterMilliseconds: 4000 };

export class Membership {
  readonly #options: MembershipOptions;
  readonly #members = new Map<string, Member>();

  constructor(options: MembershipOptions = MEMBERSHIP_DEFAULTS) {
    this.#options = options;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  get(worker: string): Member | undefined {
    return this.#members.get(worker);
  }

  /** Admits a worker. The same worker with another session is a restarted one: the old one is gone. */
  admit(member: Member): void {
    this.#members.set(member.worker, member);
  }

  /** @returns false when the session is not known: the worker has to say hello again */
  heard(worker: string, session: string, draining: boolean, now: number): boolean {
    const member = this.#members.get(worker);
    if (member?.session !== session) return false;
    this.#members.set(worker, { ...member, draining, lastHeard: now });
    return true;
  }

  remove(worker: string): void {
    this.#members.delete(worker);
  }

  /** Removes and returns the workers that have not been heard for too long. */
  expire(now: number): Member[] {
    const lost = this.members.filter((member) => now - member.lastHeard > this.#options.lostAfterMilliseconds);
    for (const { worker } of lost) this.#members.delete(worker);
    return lost;
  }
}
