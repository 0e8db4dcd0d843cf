/** One picture: from the bytes of a file to pixels of a fixed form. Prediction reads pictures in the same way. */
import type { Sharp } from 'sharp';
import { invalidData } from '../source.js';

export interface PictureForm {
  readonly height: number;
  readonly width: number;
  /** 1: grey; 3: red, green and blue. */
  readonly channels: 1 | 3;
  /** Stretched to the form; otherwise another size is refused. */
  readonly resize: boolean;
}

/** What sharp may read; it knows others, such as SVG, which are programs rather than pictures. */
const FORMATS = new Set(['png', 'jpeg', 'webp', 'gif', 'tiff', 'heif', 'avif']);
/** 8,192 x 8,192: a small file can say that it is a picture of any size, and unpacked it would fill the memory. */
const MAX_PIXELS = 2 ** 26;

async function open(bytes: Uint8Array): Promise<Sharp> {
  // A large native library, which most imports have no use for.
  const { default: sharp } = await import('sharp');
  // Of an animation the first picture; nothing is kept from one file to the next.
  return sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', pages: 1 });
}

/** @throws LockstepError INVALID_DATASET, naming the picture */
export async function pictureSize(
  bytes: Uint8Array,
  name: string,
): Promise<{ height: number; width: number; channels: number }> {
  try {
    const { format, autoOrient, channels, hasAlpha } = await (await open(bytes)).metadata();
    if (!FORMATS.has(format)) throw invalidData(`${name} is a picture of the kind ${format}, which is not read`);
    return { height: autoOrient.height, width: autoOrient.width, channels: hasAlpha ? channels - 1 : channels };
  } catch (error) {
    throw broken(name, error);
  }
}

/**
 * Transparent parts become black; turned as the camera says.
 * @returns height x width x channels bytes
 * @throws LockstepError INVALID_DATASET, naming the picture
 */
export async function decodePicture(bytes: Uint8Array, name: string, form: PictureForm): Promise<Uint8Array> {
  const { height, width, channels, resize } = form;
  const size = await pictureSize(bytes, name);
  if (!resize && (size.height !== height || size.width !== width)) {
    throw invalidData(
      `${name} is ${size.height}x${size.width}, other pictures ${height}x${width}`,
      `Bring all to one size with --size ${height}x${width}.`,
    );
  }
  try {
    const flat = (await open(bytes)).autoOrient().flatten({ background: '#000' });
    const sized = resize ? flat.resize({ height, width, fit: 'fill' }) : flat;
    const coloured = channels === 1 ? sized.greyscale() : sized.toColourspace('srgb');
    const { data, info } = await coloured.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return channelsOf(data, info.channels, channels, name);
  } catch (error) {
    throw broken(name, error);
  }
}

/** Grey pictures that are to be in colour have one channel still, and grey ones may have three equal ones. */
function channelsOf(data: Uint8Array, found: number, wanted: number, name: string): Uint8Array {
  if (found === wanted) return data;
  if (found !== 1 && wanted !== 1) throw invalidData(`${name} has ${found} channels`);
  const pixels = new Uint8Array((data.length / found) * wanted);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = data[Math.floor(at / wanted) * found] ?? 0;
  return pixels;
}

function broken(name: string, error: unknown): Error {
  if (error instanceof Error && 'code' in error && error.code === 'INVALID_DATASET') return error;
  const message = error instanceof Error ? error.message : String(error);
  return invalidData(
    `${name} cannot be read: ${message}`,
    'Mend it, or leave such pictures out with --skip-broken.',
    error,
  );
}
