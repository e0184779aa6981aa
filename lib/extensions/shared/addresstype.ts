/** What routing says of an address, as far as that follows from the address and this machine's own. */
import { type Answer, type Facts, type Test, Unknown, type Words } from '../../codec/meaning';

const NET = (word: number, bits: number, words: Words) => ((words[0]! ^ word) & bits) === 0;

/** Undefined where routing has to be asked. */
function typeOf4(words: Words, facts: Facts, limit: string | undefined): string | undefined {
  const [address] = words;
  if (address === -1 || NET(0, 0xff000000, words)) return 'BROADCAST';
  if (NET(0xe0000000, 0xf0000000, words)) return 'MULTICAST';
  const { local } = facts.around;
  if (limit === undefined && NET(0x7f000000, 0xff000000, words)) return 'LOCAL';
  return local?.(words, limit) ?? undefined;
}

/** What is said of the packet counts more than what follows. */
export function hasType(
  names: readonly string[],
  side: 'src' | 'dst',
  limit: 'inInterface' | 'outInterface' | undefined,
): Test {
  const missing = new Unknown(`${side}Type`);
  return (facts) => {
    const told = limit === undefined ? facts[`${side}Type`] : undefined;
    const words = facts[side === 'src' ? 'source' : 'destination'];
    if (facts.family === 'ipv6') return hasType6(names, told, words, facts, missing);
    const type = told ?? (words && typeOf4(words, facts, limit && facts[limit]));
    return type === undefined ? missing : names.includes(type);
  };
}

/** In IPv6 an address has several types at once, and all that are asked for have to be among them. */
function hasType6(
  names: readonly string[],
  told: string | undefined,
  words: Words | undefined,
  facts: Facts,
  missing: Unknown,
): Answer {
  let result: Answer = true;
  for (const name of names) {
    const answer = isType6(name, told, words, facts);
    if (answer === false) return false;
    if (answer === undefined) result = missing;
  }
  return result;
}
function isType6(name: string, told: string | undefined, words: Words | undefined, facts: Facts): boolean | undefined {
  if (told === name) return true;
  const none = words?.every((word) => word === 0);
  const multicast = words && words[0]! >>> 24 === 0xff;
  if (name === 'MULTICAST') return told === undefined ? multicast : false;
  if (name === 'UNSPEC') return told === undefined ? none : false;
  if (name === 'UNICAST') return told === undefined ? words && !none && !multicast : told === 'LOCAL';
  if (told !== undefined) return false;
  const known = words && facts.around.local?.(words);
  return known === undefined ? undefined : name === known;
}
