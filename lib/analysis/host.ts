/** This machine's addresses, and what routing says of addresses because of them. */
import { type Surroundings, toWords, type Words } from '../codec/meaning';
import { Mismatch } from '../errors';
import { ADDRESS, parseNetwork } from '../net/address';
import type { Family } from '../net/family';

interface Own {
  readonly name: string;
  readonly address: Words;
  /** The last address of its network, where there may be others. */
  readonly broadcast: Words | undefined;
}

const same = (a: Words, b: Words): boolean => a.length === b.length && a.every((word, i) => word === b[i]);

/** Throws a Mismatch. */
export function hostOf(
  given: Readonly<Record<string, readonly string[]>>,
  family: Family,
): Pick<Surroundings, 'addressOf' | 'local'> {
  const own = Object.entries(given).flatMap(([name, words]) =>
    words.flatMap((word, i) => ownOf(name, word, `.${name}[${i}]`, family)),
  );
  return {
    addressOf: (name) => own.find((each) => each.name === name)?.address,
    local(address, name) {
      const here = name === undefined ? own : own.filter((each) => each.name === name);
      if (here.some((each) => same(each.address, address))) return 'LOCAL';
      return here.some(({ broadcast }) => broadcast && same(broadcast, address)) ? 'BROADCAST' : 'UNICAST';
    },
  };
}

/** `192.0.2.1/24`; one of the other family is left aside. */
function ownOf(name: string, word: string, at: string, family: Family): Own[] {
  const [host = ''] = word.split('/');
  const bytes = ADDRESS[family].parse(host);
  const other = family === 'ipv4' ? 'ipv6' : 'ipv4';
  const network = bytes && parseNetwork(word, family);
  if (!network) {
    if (!bytes && parseNetwork(word, other)) return [];
    throw new Mismatch('an address, with or without the length of its prefix,', word, at);
  }
  const address = toWords(bytes);
  const last = toWords(bytes.map((byte, i) => byte | (~network.mask[i]! & 255)));
  const isNet = family === 'ipv4' && network.mask[3]! < 254;
  return [{ name, address, broadcast: isNet ? last : undefined }];
}
