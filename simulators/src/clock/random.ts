/**
 * A seeded source of chance: sfc32 (Chris Doty-Humphrey, PractRand). Its state is four 32-bit
 * integers, plain data, so that a snapshot holds it and a run can be taken up in mid-stream.
 */
export type RandomState = [number, number, number, number];

/** A stream of its own for every label: machines do not disturb each other's chance. */
export function randomFor(seed: number, label: string): RandomState {
  const random: RandomState = [0, 0, 0, 0];
  const text = `${seed}/${label}`;
  let hash = 0x811c9dc5;
  for (let slot = 0; slot < 4; slot += 1) {
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
      hash ^= hash >>> 13;
    }
    random[slot] = hash | 0;
    hash = Math.imul(hash ^ (slot + 1), 0x85ebca6b);
  }
  for (let warmUp = 0; warmUp < 12; warmUp += 1) fraction(random);
  return random;
}

/** From 0 to below 1. Moves the state on. */
export function fraction(random: RandomState): number {
  const sum = (((random[0] + random[1]) | 0) + random[3]) | 0;
  random[3] = (random[3] + 1) | 0;
  random[0] = random[1] ^ (random[1] >>> 9);
  random[1] = (random[2] + (random[2] << 3)) | 0;
  random[2] = (((random[2] << 21) | (random[2] >>> 11)) + sum) | 0;
  return (sum >>> 0) / 0x1_0000_0000;
}

export type Range = readonly [least: number, most: number];

/** A whole number, both ends included. */
export function wholeIn(random: RandomState, [least, most]: Range): number {
  return least + Math.floor(fraction(random) * (most - least + 1));
}

/** A whole number, skewed as repair times are: most are short, some are long, none beyond the ends. */
export function skewedIn(random: RandomState, [least, most]: Range): number {
  return Math.round(least * (most / least) ** fraction(random));
}

/** How many until the next one of something that comes once in `mean` on average, at least 1. */
export function countUntil(random: RandomState, mean: number): number {
  return 1 + Math.floor(-Math.log(1 - fraction(random)) * mean);
}

export function oneOf<T>(random: RandomState, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(fraction(random) * choices.length)] ?? choices[0];
}
