/** Delays that grow: the first failures cost little, a lasting one costs little attention. */

/** 0, base, 2 x base, 4 x base, ... up to `max`; `failures` counts from 1. */
export function growingDelay(failures: number, base: number, max: number): number {
  if (failures <= 1) return 0
  return Math.min(max, base * 2 ** Math.min(failures - 2, 30))
}

/** Half to one and a half of it: what failed together is not tried again together. `random` answers 0 to 1. */
export const jittered = (ms: number, random: () => number = Math.random): number => ms * (0.5 + random())
