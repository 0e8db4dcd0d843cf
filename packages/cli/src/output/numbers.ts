/** How numbers are written for people: always with the dot as decimal point, whatever the machine's language. */

/** 6,900 */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Three decimals, or three digits where that would leave nothing but zeros. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) return String(value);
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
