/** Lines put to iptables-nft and to us: what is sent, what is read again, what is printed. */
import { RuleDecoder } from '../../lib/backend/nft/decode/rule';
import { RuleEncoder } from '../../lib/backend/nft/encode/rule';
import type { Family } from '../../lib/codec/extension';
import { IptcError } from '../../lib/errors';
import { Block } from '../../lib/net/block';
import { Messages, NFGENMSG_SIZE } from '../../lib/netlink/messages';
import { MessageWriter } from '../../lib/netlink/writer';
import { ENTRY_MAX } from '../../lib/rule/layout';
import { Ours } from './compare';
import type { NftOracle, NftRule } from './nft';

export interface Line {
  /** Where it comes from: libxt_conntrack.t:3 */
  readonly at: string;
  readonly chain: string;
  readonly rule: string;
}

export type NftAspect =
  | 'sent' // other bytes than iptables-nft sends
  | 'refused' // we refuse what it takes
  | 'opaque' // we can't read what it has written
  | 'entry' // what is read isn't what was written
  | 'text' // not what it prints
  | 'again'; // what is read is written otherwise

export interface NftFinding {
  readonly at: string;
  readonly aspect: NftAspect;
  readonly line: string;
  readonly ours: string;
  readonly theirs: string;
}

/** Our side, for one family. */
export class OurNft {
  readonly ours: Ours;
  private readonly encoder: RuleEncoder;
  private readonly decoder: RuleDecoder;
  private readonly room = new Block(new Uint8Array(2 * (ENTRY_MAX + 1)));
  private readonly writer = new MessageWriter();

  constructor(oracle: NftOracle, family: Family) {
    this.ours = new Ours(oracle.kernel(family));
    this.encoder = new RuleEncoder(family);
    this.decoder = new RuleDecoder(family);
  }

  /** The attributes of a rule from NFTA_RULE_EXPRESSIONS on. */
  write(entry: Uint8Array): Buffer {
    const { writer } = this;
    writer.reset();
    writer.begin(0, 0, 0);
    const from = writer.at;
    this.encoder.write(writer, new Block(entry), 0);
    return Buffer.from(writer.bytes.slice(from, writer.at));
  }
  /** The entry; undefined if the rule is opaque. */
  read(rule: NftRule): Uint8Array | undefined {
    const message = new Messages(new Uint8Array(rule.message));
    message.next();
    const size = this.decoder.decode(message, message.start + NFGENMSG_SIZE, message.end, this.room, 0);
    return this.decoder.isOpaque ? undefined : this.room.bytes.slice(0, size);
  }
}

/** All that iptables-nft takes of the lines, at once. */
export function putToNft(
  oracle: NftOracle,
  nft: OurNft,
  family: Family,
  table: string,
  lines: readonly Line[],
): { readonly taken: readonly Line[]; readonly findings: readonly NftFinding[] } {
  const taken = [...lines];
  const words = ({ chain, rule }: Line) => `-A ${chain} ${rule}`.trimEnd();
  while (taken.length > 0) {
    const text = `*${table}\n${taken.map((line) => `${words(line)}\n`).join('')}COMMIT\n`;
    const { status, stderr, rules } = oracle.capturing(family, text);
    if (status === 0) return { taken, findings: compareAll(oracle, nft, family, table, taken, rules) };
    const guilty = Number(/line:? (\d+)/.exec(stderr)?.[1] ?? 0) - 2;
    if (!(guilty >= 0 && guilty < taken.length)) throw new Error(stderr);
    taken.splice(guilty, 1);
  }
  return { taken, findings: [] };
}

function compareAll(
  oracle: NftOracle,
  nft: OurNft,
  family: Family,
  table: string,
  lines: readonly Line[],
  sent: readonly NftRule[],
): NftFinding[] {
  const findings: NftFinding[] = [];
  const { ours } = nft;
  if (sent.length !== lines.length) throw new Error(`${lines.length} rules, of which ${sent.length} were sent`);
  const entries = lines.map(({ at, chain, rule }, i) => {
    const line = `-t ${table} -A ${chain} ${rule}`;
    try {
      const encoded = ours.encode(`-A ${chain} ${rule}`, table, chain);
      const mine = nft.write(encoded.bytes);
      const theirs = sent[i]!.said;
      if (!mine.equals(theirs))
        findings.push({ at, aspect: 'sent', line, ours: shown(mine, theirs), theirs: shown(theirs, mine) });
      return encoded;
    } catch (error) {
      findings.push({ at, aspect: 'refused', line, ours: (error as Error).message, theirs: '' });
      return undefined;
    }
  });
  for (const chain of new Set(lines.map((line) => line.chain))) {
    const here = lines.flatMap((line, i) => (line.chain === chain ? [[line, entries[i]] as const] : []));
    const dumped = oracle.dump(family, table, chain).slice(-here.length);
    const saved = oracle.saved(family, table, chain).slice(-here.length);
    for (const [i, [{ at, rule }, encoded]] of here.entries()) {
      const line = `-t ${table} -A ${chain} ${rule}`;
      const report = (aspect: NftAspect, mine: string, theirs: string) =>
        findings.push({ at, aspect, line, ours: mine, theirs });
      const entry = nft.read(dumped[i]!);
      if (entry === undefined) {
        report('opaque', '', saved[i]!);
        continue;
      }
      const text = `-A ${chain} ${ours.print(entry)}`.trimEnd();
      const theirs = saved[i]!.trimEnd();
      // Where its text is that of another rule, and ours isn't, there is nothing to follow.
      if (text !== theirs && !(says(ours, text, table, chain, entry) && !says(ours, theirs, table, chain, entry)))
        report('text', text, theirs);
      if (encoded !== undefined && !isSame(entry, encoded.bytes, encoded.mask)) report('entry', text, line);
      try {
        const again = nft.write(entry);
        const before = encoded === undefined ? again : nft.write(encoded.bytes);
        if (!again.equals(before)) report('again', shown(again, before), shown(before, again));
      } catch (error) {
        report('again', (error as Error).message, '');
      }
    }
  }
  return findings;
}

/** Whether the text is read as that entry. */
export function says(ours: Ours, text: string, table: string, chain: string, entry: Uint8Array): boolean {
  try {
    const { bytes, mask } = ours.encode(text, table, chain);
    return isSame(entry, bytes, mask);
  } catch (error) {
    if (error instanceof IptcError) return false;
    throw error;
  }
}

const isSame = (a: Uint8Array, b: Uint8Array, mask: Uint8Array) =>
  a.length === b.length && a.every((byte, i) => ((byte ^ b[i]!) & mask[i]!) === 0);

/** Where bytes are different, with something before that. */
function shown(bytes: Buffer, other: Buffer): string {
  const first = bytes.findIndex((byte, i) => byte !== other[i]);
  const from = Math.max(0, (first < 0 ? bytes.length : first) - 24);
  return `${bytes.length} bytes, at ${first}: ${bytes.toString('hex', from, from + 64)} ${JSON.stringify(bytes.toString('latin1', from, from + 64))}`;
}

export const told = ({ at, aspect, line, ours, theirs }: NftFinding): string =>
  `${at} ${aspect}: ${line}\n  ours   ${ours}\n  theirs ${theirs}`;
