/**
 * Which versions of the protocol this program speaks, and how two programs find one that both do.
 *
 * - A frame says which version of the protocol can read it: the one in which its type came up. Whoever speaks that one or
 *   a later one reads it, passing over fields it does not know; a field that is missing is zero, and zero always means
 *   what was meant before the field came up.
 * - hello and welcome are read whatever they say: they carry the versions that each side speaks, and the one to use. What
 *   came up after that one is not sent.
 * - What changes its meaning gets a new type and a new version, and so does what changes its place in the stores. A program
 *   speaks its own version and the one before it where it can: docs/decisions/0016-protocol-versions.md.
 */
import type { FrameType } from './frames.js';

export interface ProtocolRange {
  readonly oldest: number;
  readonly newest: number;
}

export const PROTOCOL: ProtocolRange = { oldest: 2, newest: 2 };

/** The version in which a type of frames came up; 1 where nothing is said. */
const SINCE: Readonly<Partial<Record<FrameType, number>>> = { enrol: 2, enrolled: 2, logs: 2 };

/** The version that a frame of this type says it is of. */
export function versionOf(type: FrameType): number {
  return SINCE[type] ?? 1;
}

/** Whether a frame of this type is read without a look at its version: the two with which versions are agreed on. */
export function isHandshake(type: FrameType | undefined): boolean {
  return type === 'hello' || type === 'welcome';
}

/** What a hello says that the worker speaks. Of version 1, there is only the one number. */
export function rangeOf({ protocol, newestProtocol }: { protocol: number; newestProtocol: number }): ProtocolRange {
  return { oldest: protocol, newest: Math.max(protocol, newestProtocol) };
}

export type ProtocolAgreement = { readonly version: number } | { readonly refusal: string };

/** The newest version that both speak; without one, a sentence that says which each speaks and what to do. */
export function agreeOnProtocol(worker: ProtocolRange, coordinator: ProtocolRange): ProtocolAgreement {
  const version = Math.min(worker.newest, coordinator.newest);
  if (version >= Math.max(worker.oldest, coordinator.oldest) && version > 0) return { version };
  const older = worker.newest < coordinator.oldest ? 'worker' : 'coordinator';
  const speaks = `the worker speaks protocol ${describe(worker)}, the coordinator ${describe(coordinator)}`;
  return { refusal: `${speaks}: update the ${older}` };
}

function describe({ oldest, newest }: ProtocolRange): string {
  if (newest === 0) return 'of no version';
  return oldest === newest ? String(newest) : `${oldest} to ${newest}`;
}
