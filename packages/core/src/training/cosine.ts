/** The cosine by + - * / alone: that of `Math` has other last bits in other versions of Node. */

/** Terms of the series at an eighth of a turn: what is left out is below 1e-17. */
const TERMS = 9;

/**
 * cos(pi x) for x from 0 to 1, within 1e-15. Half a turn is folded to an eighth, where the series of cosine and sine
 * (Maclaurin) need few terms.
 */
export function cosineOfHalfTurns(x: number): number {
  if (x > 0.5) return -cosineOfHalfTurns(1 - x);
  return x > 0.25 ? series(Math.PI * (0.5 - x), 1) : series(Math.PI * x, 0);
}

/** From power 0: the cosine, from power 1: the sine. */
function series(angle: number, power: 0 | 1): number {
  const square = angle * angle;
  let term = power === 0 ? 1 : angle;
  let sum = term;
  for (let i = 1; i <= TERMS; i++) {
    const n = 2 * i + power;
    term = (-term * square) / (n * (n - 1));
    sum += term;
  }
  return sum;
}
