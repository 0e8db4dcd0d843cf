/**
 * Normal numbers with the same bits everywhere: only + - * / and Math.sqrt, which IEEE 754 defines exactly. Math.log is
 * not: its last bit differs between Node versions.
 */
import type { RandomStream } from './stream.js';

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
/** Coefficients of log((1 + s) / (1 - s)) from fdlibm's e_log.c (Sun Microsystems, 1993); error below 1 ulp. */
const LOG_COEFFICIENTS = [
  1.479819860511658591e-1, 1.531383769920937332e-1, 1.818357216161805012e-1, 2.222219843214978396e-1,
  2.857142874366239149e-1, 3.999999999940941908e-1, 6.66666666666673513e-1,
];

/** Natural logarithm of a positive, normal double. */
export function naturalLog(x: number): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  let exponent = (bits.getUint32(0) >>> 20) - 1023;
  bits.setUint32(0, (bits.getUint32(0) & 0xfffff) | 0x3ff00000);
  let mantissa = bits.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  const halfSquare = 0.5 * f * f;
  const remainder = z * polynomial(LOG_COEFFICIENTS, z);
  return exponent * LN2_HIGH - (halfSquare - (s * (halfSquare + remainder) + exponent * LN2_LOW) - f);
}

// Wichura 1988, "Algorithm AS 241: The Percentage Points of the Normal Distribution", PPND16; highest power first.
const CENTRE_NUMERATOR = [
  2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
  1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.387132872796366608,
];
const CENTRE_DENOMINATOR = [
  5.226495278852854561e3, 2.8729085735721942674e4, 3.930789580009271061e4, 2.1213794301586595867e4,
  5.3941960214247511077e3, 6.871870074920579083e2, 4.2313330701600911252e1, 1,
];
const MIDDLE_NUMERATOR = [
  7.7454501427834140764e-4, 2.27238449892691845833e-2, 2.4178072517745061177e-1, 1.27045825245236838258,
  3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
];
const MIDDLE_DENOMINATOR = [
  1.05075007164441684324e-9, 5.475938084995344946e-4, 1.51986665636164571966e-2, 1.4810397642748007459e-1,
  6.8976733498510000455e-1, 1.6763848301838038494, 2.05319162663775882187, 1,
];
const TAIL_NUMERATOR = [
  2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.2426609473880784386e-3, 2.6532189526576123093e-2,
  2.9656057182850489123e-1, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
];
const TAIL_DENOMINATOR = [
  2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
  1.48753612908506148525e-2, 1.3692988092273580531e-1, 5.9983220655588793769e-1, 1,
];

/** The x below which a standard normal number lies with probability p, for p in (0, 1); about 16 digits. */
export function inverseNormal(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE_NUMERATOR, r)) / polynomial(CENTRE_DENOMINATOR, r);
  }
  const r = Math.sqrt(-naturalLog(q < 0 ? p : 1 - p));
  const distance =
    r <= 5
      ? polynomial(MIDDLE_NUMERATOR, r - 1.6) / polynomial(MIDDLE_DENOMINATOR, r - 1.6)
      : polynomial(TAIL_NUMERATOR, r - 5) / polynomial(TAIL_DENOMINATOR, r - 5);
  return q < 0 ? -distance : distance;
}

/** Probability of a standard normal number below -2. */
const BELOW_MINUS_TWO = 0.0227501319481792072;

/** A standard normal number. */
export function nextNormal(stream: RandomStream): number {
  return inverseNormal(stream.nextOpenUniform());
}

/**
 * A standard normal number given that it lies within ±2, as Keras's truncated normal. Keras draws again until it does;
 * cutting the distribution function instead takes one draw a number, so positions in the stream stay fixed.
 */
export function nextTruncatedNormal(stream: RandomStream): number {
  return inverseNormal(BELOW_MINUS_TWO + stream.nextOpenUniform() * (1 - 2 * BELOW_MINUS_TWO));
}

/** Horner's rule; coefficients from the highest power down. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}
