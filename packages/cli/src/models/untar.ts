/** Reads the tar files that the service makes of a model: regular files with plain names. Anything else is refused. */
import { LockstepError } from '@lockstep/core';

const BLOCK = 512;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,98}$/;

export interface TarEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** @throws LockstepError UNREACHABLE for what no service of ours sends */
export function readTar(tar: Uint8Array): TarEntry[] {
  const entries: TarEntry[] = [];
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + BLOCK);
    const name = text(header, 0, 100);
    const size = Number.parseInt(text(header, 124, 12), 8);
    const start = at + BLOCK;
    if (!NAME.test(name) || text(header, 156, 1) !== '0' || !(start + size <= tar.length)) {
      throw new LockstepError(
        'UNREACHABLE',
        `the service sent a tar file with ${JSON.stringify(name)} that is not taken`,
      );
    }
    entries.push({ name, bytes: tar.subarray(start, start + size) });
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

/** Up to the first NUL. */
function text(header: Uint8Array, start: number, length: number): string {
  const bytes = header.subarray(start, start + length);
  const end = bytes.indexOf(0);
  return new TextDecoder('latin1').decode(end < 0 ? bytes : bytes.subarray(0, end));
}
