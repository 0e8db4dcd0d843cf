/** Writes a tar file (POSIX ustar) of a few small-named files, for a model that goes over HTTP as one. */

const BLOCK = 512;
/** Equal models give equal bytes: no time of day in them. */
const MODE = '0000644\0';

export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function writeTar(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap(({ name, bytes }) => {
    const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK);
    return [headerOf(name, bytes.length), bytes, padding];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** @param name of less than 100 bytes of ASCII */
function headerOf(name: string, bytes: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 99, 'ascii');
  header.write(MODE, 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
