/** How numbers are written for people: always with the dot as decimal point, whatever the machine's language. */

/** 6,900 */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** 1 worker, 2 workers */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** From here on, decimals say nothing and digits fill the line. */
const LARGE = 1e9;

/**
 * Three decimals, or three digits where that would leave nothing but zeros, or where there are too many.
 * @param value of a metric: null is what the service says of one that overflowed
 */
export function decimal(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return 'not finite';
  if (Math.abs(value) >= LARGE) return value.toExponential(2);
  return value !== 0 && Math.abs(value) < 0.01 ? value.toPrecision(3) : value.toFixed(3);
}

/** 0:04, 12:00, 1:00:07 */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const pad = (part: number): string => String(part).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours === 0 ? `${minutes}:${pad(whole % 60)}` : `${hours}:${pad(minutes)}:${pad(whole % 60)}`;
}

/** 812 bytes, 1.5 MB; powers of 1024, as memory is counted. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power] ?? ''}`;
}
