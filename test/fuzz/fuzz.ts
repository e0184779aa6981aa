/** Feeds the parser and the decoder with inputs by a seeded generator; see scripts/fuzz. */
import { IptcError } from '../../lib';
import { FAMILIES } from './inputs';
import { kinds } from './kinds';
import { Random } from './random';

/** Milliseconds after which an input is tried again, and those that it may take. */
const [SLOW, TOO_SLOW] = [100, 1000];

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
    let refused = false;
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
        refused = true;
      }
      return performance.now() - began;
    };
    let took = await run();
    // Only what is slow again is the input's fault: the machine has other things to do.
    for (let again = 0; took > SLOW && again < 3; again++) took = Math.min(took, await run());
    if (took > TOO_SLOW) throw new Error(`--seed ${own} --inputs 1 took ${Math.round(took)} ms`);
    if (refused) progress.refused++;
    progress.slowest = Math.max(progress.slowest, took);
  }
  return progress;
}
