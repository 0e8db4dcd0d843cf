/** What this process may take of the machine: all of it, or what its container leaves it. */
import { availableParallelism, totalmem } from 'node:os';
import { cpuLimit } from './cgroup.js';

export interface MachineThreads {
  /** How many threads can compute at once; 1 at least. */
  readonly count: number;
  /** Cores that this process may be scheduled on. */
  readonly cores: number;
  /** CPUs that the container may take, such as 1.5; undefined without a limit. */
  readonly limit: number | undefined;
}

/**
 * Rounded down, as newer versions of Node do: a thread more than there is time for would be stopped in the middle of each
 * period, and what is left over serves the event loop.
 */
export function machineThreads({ cores, limit } = readMachine()): MachineThreads {
  return { count: Math.max(1, Math.floor(Math.min(cores, limit ?? cores))), cores, limit };
}

function readMachine(): Omit<MachineThreads, 'count'> {
  return { cores: availableParallelism(), limit: cpuLimit() };
}

/** In bytes. Without a limit Node gives 0 or more than any machine has, by version and kind of control group. */
export function machineMemory(limit = process.constrainedMemory(), total = totalmem()): number {
  return limit > 0 ? Math.min(limit, total) : total;
}
