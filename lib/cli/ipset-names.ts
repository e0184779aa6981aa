/** Names of hosts where addresses are meant, as ipset resolves them, and names instead of addresses where they are asked for. */
import { parseAddress } from '../sets/addresses';
import type { Given, SetKind } from '../sets/element';
import type { Data, Family } from '../sets/part';
import { complain } from './output';

const ADDRESSES: readonly string[] = ['ip', 'ip2', 'net', 'net2'];
const FAMILIES = { ipv4: 4, ipv6: 6 } as const;
const isAddress = (word: string, family: Family): boolean => {
  try {
    return parseAddress(word, family) !== undefined;
  } catch {
    return false;
  }
};

export class Names {
  private readonly known = new Map<string, Promise<string>>();

  constructor(private readonly quiet: boolean) {}

  /** An element with addresses instead of names. What can't be resolved stays, and is refused by whoever reads it. */
  async resolved<T extends Given>({ type, family }: Pick<SetKind, 'type' | 'family'>, element: T): Promise<T> {
    const text = typeof element === 'string' ? element : (element as Data).element;
    if (typeof text !== 'string' || !/[^\d.,/:-]/.test(text)) return element;
    const words = text.split(',');
    for (const [i, { keys }] of type.parts.entries())
      if (ADDRESSES.includes(keys[0]!) && words[i] !== undefined)
        words[i] = await this.resolvedRange(words[i]!, family);
    return (typeof element === 'string' ? words.join() : { ...(element as Data), element: words.join() }) as T;
  }
  /** `HOST`, `HOST/24`, `HOST-HOST`; a name with a dash in it is in brackets. */
  async resolvedRange(word: string, family: Family): Promise<string> {
    const [, from = '', rest = ''] = /^(\[[^\]]*\]|[^/-]*)(.*)$/s.exec(word) ?? [];
    const begin = await this.resolvedName(from, family);
    return rest.startsWith('-') ? `${begin}-${await this.resolvedName(rest.slice(1), family)}` : begin + rest;
  }
  private async resolvedName(word: string, family: Family): Promise<string> {
    const name = word.replace(/^\[(.*)\]$/, '$1');
    if (name === '' || isAddress(name, family)) return word;
    const { lookup } = await import('node:dns/promises');
    const found = await lookup(name, { family: FAMILIES[family], all: true }).catch(() => []);
    const [first] = found;
    if (!first) return word;
    if (found.length > 1 && !this.quiet)
      complain(`Warning: ${name} resolves to multiple addresses: using only the first one returned by the resolver.`);
    return first.address;
  }

  /** Elements as they are printed, with names where there are some. */
  async named({ type }: SetKind, elements: readonly Data[]): Promise<readonly Data[]> {
    const keys = type.parts.map((part) => part.keys[0]!).filter((key) => ADDRESSES.includes(key));
    return Promise.all(
      elements.map(async (element) => {
        const named = { ...element };
        for (const key of keys) {
          const [, address = '', rest = ''] = /^([^/-]*)(.*)$/s.exec(String(element[key])) ?? [];
          named[key] = (await this.nameOf(address)) + rest;
        }
        return named;
      }),
    );
  }
  private nameOf(address: string): Promise<string> {
    let name = this.known.get(address);
    if (!name) {
      name = import('node:dns/promises')
        .then(({ lookupService }) => lookupService(address, 0))
        .then(({ hostname }) => (hostname.includes('-') ? `[${hostname}]` : hostname))
        .catch(() => address);
      this.known.set(address, name);
    }
    return name;
  }
}
