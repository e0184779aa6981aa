/** Feeds the parser and the decoder with inputs by a seeded generator; see scripts/fuzz. */
import { IptcError } from '../../lib';
import { FAMILIES } from './inputs';
import { kinds } from './kinds';
import { Random } from './random';

/** Milliseconds that one input may take. */
const SLOW = 1000;

export interface Progress {
  readonly inputs: number;
  readonly refused: number;
  /** Milliseconds that the slowest of them took. */
  readonly slowest: number;
}

/** Throws what goes wrong, with the seed that makes the input again. `before` is told each input's seed. */
export async function fuzz(
  seed: number,
  inputs: number,
  before: (seed: number, progress: Progress) => void = () => {},
): Promise<Progress> {
  const r = new Random(seed);
  const progress = { inputs: 0, refused: 0, slowest: 0 };
  const names = Object.keys(kinds);
  for (; progress.inputs < inputs; progress.inputs++) {
    const own = r.state;
    before(own, progress);
    const run = async (): Promise<number> => {
      r.state = own;
      const family = r.pick(FAMILIES);
      const kind = r.pick(names);
      const began = performance.now();
      try {
        const done = kinds[kind]!(r, family);
        if (done instanceof Promise) await done;
      } catch (error) {
        if (!(error instanceof IptcError))
          throw new Error(
            `--seed ${own} --inputs 1 (${kind}, ${family}), or --seed ${seed} --inputs ${progress.inputs + 1} if what came before matters`,
            { cause: error },
          );
        progress.refused++;
      }
      return performance.now() - began;
    };
    let took = await run();
    if (took > SLOW) {
      // Only the input's fault if it is as slow again: the machine has other things to do.
      took = Math.min(took, await run());
      if (took > SLOW) throw new Error(`--seed ${own} --inputs 1 took ${Math.round(took)} ms`);
    }
    progress.slowest = Math.max(progress.slowest, took);
  }
  return progress;
}
