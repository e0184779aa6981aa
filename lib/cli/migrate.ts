/** `iptc migrate --to nft|legacy`: all rules, from one of the kernel's two ways of keeping them to the other. */
import { Keeper } from '../keeper/keeper';
import { migrate as moved, SIDES } from '../services/migrate';
import { asked } from './asked';
import { complain, print } from './output';
import { EXIT, failed, type Program } from './program';
import { namespaceOf } from './tables';

const usage = (program: Program) => `Usage: ${program.name} migrate --to nft|legacy [--dry-run] [--netns name|path]`;
const HELP = `Moves the rules of all tables, IPv4's and IPv6's, with what they have counted, from legacy tables to nf_tables or back.

--dry-run   only has the kernel check whether it would take them

First the kernel checks all of them: a rule that the other side can't hold is named, and nothing is done. Then they are
written, read back and compared, and the old side is emptied. If anything fails, or this program is killed, everything
is put back. Chains and sets of nft's own stay where they are. What the machine loads at boot is not changed: see that
its iptables is the same one (update-alternatives --config iptables).`;
/** Milliseconds until everything is put back. */
const WITHIN = 300_000;

export async function migrate(program: Program, words: readonly string[]): Promise<number> {
  const { given, rest } = asked(
    program.name,
    words,
    [
      { name: 'to', argument: true },
      { name: 'dry-run', letter: 'n' },
      { name: 'netns', argument: true },
    ],
    usage(program),
    HELP,
  );
  const to = given.get('to');
  if (rest.length > 0 || (to !== 'nft' && to !== 'legacy')) {
    complain(usage(program));
    return EXIT.USAGE;
  }
  const netns = given.get('netns');
  try {
    const outcome = await moved({
      to,
      dryRun: given.has('dry-run'),
      guard: (what) => Keeper.start(what, { within: WITHIN }),
      say: (step) => print(`${step}\n`),
      ...(netns !== undefined && { namespace: namespaceOf(netns) }),
    });
    print(
      {
        done: `Done: the rules are in ${SIDES[to]}.\n`,
        nothing: `Nothing to do: ${SIDES[to === 'nft' ? 'legacy' : 'nft']} have no rules.\n`,
        checked: 'Nothing was changed.\n',
      }[outcome],
    );
    return 0;
  } catch (error) {
    return failed(program, error, { read: EXIT.OTHER });
  }
}
