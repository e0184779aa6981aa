/** In which of the kernel's two ways the commands keep tables. */
import { IptcError } from '../errors';
import { Firewall } from '../index';

type Kind = Firewall['backend'];
let known: Kind | undefined;

export function opened(kind: Kind): void {
  known = kind;
}

/** That of the tables that were opened; before, that of those that would be. */
export function kernelKind(): Kind {
  known ??= chosen();
  return known;
}
function chosen(): Kind {
  const { LIBIPTC_BACKEND: told } = process.env;
  if (told === 'nft' || told === 'legacy') return told;
  try {
    const firewall = Firewall.openSync();
    void firewall.close();
    return firewall.backend;
  } catch (error) {
    if (error instanceof IptcError) return 'legacy';
    throw error;
  }
}

/** What stands first of a command's words, or is in its name, holds for all that it starts, too. Gives the other words. */
export function withKind(name: string, words: readonly string[]): readonly string[] {
  const [, called] = /-(legacy|nft)(?:-|$)/.exec(name) ?? [];
  const flag = words[0] === '--nft' ? 'nft' : words[0] === '--legacy' ? 'legacy' : undefined;
  const kind = flag ?? called;
  if (kind !== undefined) process.env.LIBIPTC_BACKEND = kind;
  return flag === undefined ? words : words.slice(1);
}
