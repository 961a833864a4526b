/**
 * Everything that is left to chance in the simulation comes from here, so that a seed replays exactly. The generator is
 * sfc32 (128 bits of state); a seed of its own is derived from any words, so that a group replays alone.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #d = 1

  constructor(...words: (string | number)[]) {
    const [a, b, c] = hashes(words.join('/'))
    this.#a = a
    this.#b = b
    this.#c = c
    for (let round = 0; round < 12; round++) this.next()
  }

  /** A number from 0 to below 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    this.#c |= 0
    return (sum >>> 0) / 2 ** 32
  }

  /** True that often: 0 is never, 1 always. */
  happens(rate: number): boolean {
    return rate > 0 && this.next() < rate
  }

  /** A whole number of both bounds and what lies between. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** Short spans as often as ten times longer ones: the logarithm is spread evenly. */
  spread(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.next())
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.between(0, choices.length - 1)] as Choice
  }

  /** A choice by its weight; weights need not sum up to anything. */
  weighed<Choice extends string>(weights: Readonly<Record<Choice, number>>): Choice {
    const entries = Object.entries(weights) as [Choice, number][]
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [choice, weight] of entries) {
      left -= weight
      if (left < 0) return choice
    }
    return (entries.at(-1) as [Choice, number])[0]
  }
}

/** Three 32-bit numbers from a text: FNV-1a from three beginnings. */
function hashes(text: string): [number, number, number] {
  const of = (begin: number) => {
    let hash = begin
    for (let place = 0; place < text.length; place++) hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193)
    return hash | 0
  }
  return [of(0x811c9dc5), of(0x9e3779b9), of(0x85ebca6b)]
}
