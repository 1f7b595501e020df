/**
 * The smallest integer in (`below`, `reached`] at which `isReached`, which is false at `below`, true at `reached` and
 * never turns false again. Two calls when `start` is right; doubling steps and bisection when it is not.
 */
export function firstReached(
  start: number,
  below: number,
  reached: number,
  isReached: (at: number) => boolean,
): number {
  let low = below;
  let high = reached;
  if (isReached(start)) {
    high = start;
    for (let step = 1; high - step > low; step *= 2) {
      if (!isReached(high - step)) {
        low = high - step;
        break;
      }
      high -= step;
    }
  } else {
    low = start;
    for (let step = 1; low + step < high; step *= 2) {
      if (isReached(low + step)) {
        high = low + step;
        break;
      }
      low += step;
    }
  }
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    // Beyond 2^53, where integers are no longer told apart: only of damaged numbers.
    if (middle <= low || middle >= high) return high;
    if (isReached(middle)) high = middle;
    else low = middle;
  }
  return high;
}
