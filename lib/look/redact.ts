/** Makes texts that can be shown to others: who is meant can't be seen, but whether it is the same one can. */
import { parseIpv4, parseIpv6 } from '../net/address';

const MAC = /\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b/gi;
const IPV6 = /(?<![\w:.])[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*/gi;
const IPV4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w])/g;
/** What people write, and what tells of users. */
const SAID =
  /(--(?:comment|log-prefix|nflog-prefix|string|hex-string|uid-owner|gid-owner|path|ulog-prefix|prefix|host|dport-knock) )("(?:[^"\\]|\\.)*"|\S+)/g;

export type Redact = (text: string) => string;

export class Redactor {
  private readonly known = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  /** `names`: what is hidden wherever it is, such as the name of the host. */
  constructor(private readonly names: readonly string[] = []) {}

  /** What a person wrote. */
  readonly words: Redact = (text) => (text === '' ? '' : this.name('text', text));

  readonly text: Redact = (given) => {
    let text = given.replace(SAID, (_, option: string, value: string) => `${option}${this.words(value)}`);
    for (const name of this.names) if (name !== '') text = text.split(name).join('host');
    return text
      .replace(MAC, (address) => this.name('mac', address.toLowerCase()))
      .replace(IPV6, (address) => {
        // What stands behind it, a port or a full stop, isn't of it.
        const end = address.replace(/[.:]+$/, (stop) => (stop === '::' ? stop : ''));
        const bytes = parseIpv6(end);
        if (!bytes || bytes.every((byte, i) => byte === 0 || (i === 15 && byte === 1))) return address;
        return this.name('ipv6', bytes.join('.')) + address.slice(end.length);
      })
      .replace(IPV4, (address) => {
        const bytes = parseIpv4(address);
        // Of everybody, of nobody, and masks.
        return !bytes || bytes[0] === 127 || bytes[0] === 0 || bytes[0] === 255 ? address : this.name('ipv4', address);
      });
  };

  private name(kind: string, value: string): string {
    const key = `${kind} ${value}`;
    let name = this.known.get(key);
    if (name === undefined) {
      const count = (this.counts.get(kind) ?? 0) + 1;
      this.counts.set(kind, count);
      name = `${kind}-${count}`;
      this.known.set(key, name);
    }
    return name;
  }
}
