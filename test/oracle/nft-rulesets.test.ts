import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Firewall } from '../../lib';
import type { NativePiece } from '../../lib/backend/addon';
import { type Ask, Jobs } from '../../lib/backend/nft/jobs';
import { type KernelChain, Reader } from '../../lib/backend/nft/reader';
import { chainsRequest } from '../../lib/backend/nft/wire';
import type { AnyExtension, Family } from '../../lib/codec/extension';
import { IptcError } from '../../lib/errors';
import { matches, targets } from '../../lib/extensions/registry';
import { aligned } from '../../lib/netlink/attributes';
import { NLA_F } from '../../lib/netlink/constants';
import { finish } from '../../lib/slice';
import { describe, expect, test } from '../harness';
import { lacksNetns } from '../harness/netns';
import { rules } from './generate';
import { NFT_KNOWN } from './known';
import { NftOracle, type NftRule, rulesIn, TABLES } from './nft';
import { OurNft, says } from './nft-compare';
import { lacksCompiler, lacksNft } from './programs';

/**
 * Whole rulesets, restored by iptables-nft in one namespace and by us in another: the rules that are sent, the chains and
 * rules that the kernel has then, and what either prints of either. $NFT_RULESETS says how many are generated,
 * $NFT_RULESETS_FOLDER where more of them are: files whose names say the family, NAME.v4.rules.
 */
const many = Number(process.env.NFT_RULESETS ?? 8);
const seed = Number(process.env.ORACLE_SEED ?? 1);
const folder = process.env.NFT_RULESETS_FOLDER ?? '';
const lacking = [lacksNft(), lacksCompiler(), lacksNetns()].filter(Boolean).join(', ');

/** What needs something of the machine's, or what both namespaces share. */
const APART = new Set(
  'set SET recent rateest RATEEST IDLETIMER LED hashlimit bpf cgroup CT nfacct osf TEE CLUSTERIP connlabel SECMARK'.split(
    ' ',
  ),
);

type Aspect = 'sent' | 'chains' | 'entry' | 'text' | 'refused' | 'accepted';
interface Finding {
  readonly aspect: Aspect;
  readonly line: string;
  readonly ours: string;
  readonly theirs: string;
}
/** What is sent otherwise is read otherwise; what is opaque to us has iptables-nft's text alone. */
const known = ({ aspect, line, ours, theirs }: Finding) => {
  const isOpaque = aspect === 'text' && ours.includes('#nft');
  const as = isOpaque ? 'opaque' : aspect === 'entry' ? 'sent' : aspect;
  const text = isOpaque ? theirs : line;
  return NFT_KNOWN.some((one) => text !== '' && one.line.test(text) && one.aspects.includes(as));
};

class Both {
  readonly theirs = new NftOracle();
  readonly mine = new NftOracle();
  private readonly words: OurNft;
  private readonly ofMine: Firewall<Family>;
  private readonly ofTheirs: Firewall<Family>;
  compared = 0;

  constructor(readonly family: Family) {
    this.words = new OurNft(this.mine, family);
    this.ofMine = Firewall.openSync({ family, backend: 'nft', namespace: this.mine.netns.path }) as Firewall<Family>;
    this.ofTheirs = Firewall.openSync({
      family,
      backend: 'nft',
      namespace: this.theirs.netns.path,
    }) as Firewall<Family>;
  }
  async close(): Promise<void> {
    await Promise.all([this.ofMine.close(), this.ofTheirs.close(), this.mine.close(), this.theirs.close()]);
  }
  print(placed: { readonly rule: unknown; readonly table: string; readonly chain: string }): string {
    const { codec } = this.words.ours;
    return this.words.ours.print(codec.encode(placed.rule as never, placed as never).slice());
  }

  /** The lines that either refuses are left out. */
  async put(text: string): Promise<Finding[]> {
    for (let lines = text.split('\n'); ; ) {
      this.theirs.flush();
      this.mine.flush();
      const whole = lines.join('\n');
      const theirs = this.theirs.capturing(this.family, whole, []);
      const mine = await this.restore(whole);
      const line = theirs.status === 0 ? undefined : Number(/line:? (\d+)/.exec(theirs.stderr)?.[1] ?? 0);
      if (line === undefined && mine.refused === undefined) return this.compare(mine.rules, theirs.rules);
      const guilty = mine.refused?.line ?? line!;
      const told = lines[guilty - 1] ?? '';
      const one = { line: told, ours: mine.refused?.message ?? '', theirs: theirs.stderr };
      if (!told.startsWith('-A')) throw new Error(`${one.ours}\n${one.theirs}`);
      if (line === undefined) return [{ aspect: 'refused', ...one }];
      if (mine.refused === undefined) return [{ aspect: 'accepted', ...one }];
      lines = lines.filter((_, i) => i !== guilty - 1);
    }
  }
  /** By us; the messages of rules that are sent. */
  private async restore(text: string): Promise<{ rules: NftRule[]; refused?: IptcError }> {
    const sent = new Map<string, NftRule[]>();
    type Asking = { ask(ask: Ask): Promise<unknown> };
    const prototype = Jobs.prototype as unknown as Asking;
    const { ask } = prototype;
    const { family } = this;
    const bytesOf = (piece: Uint8Array | NativePiece) =>
      piece instanceof Uint8Array ? piece : new Uint8Array(this.mine.socket.kept(piece));
    prototype.ask = function (this: Asking, asked) {
      if ('batch' in asked) {
        const rules = rulesIn(Buffer.concat(asked.batch.map(bytesOf)), family);
        for (const { table } of rules) sent.set(table, []); // it is sent again if the tables have changed meanwhile
        for (const rule of rules) sent.get(rule.table)!.push(rule);
      }
      return ask.call(this, asked);
    };
    try {
      await this.ofMine.restore(text);
    } catch (error) {
      if (error instanceof IptcError) return { rules: [], refused: error };
      throw error;
    } finally {
      prototype.ask = ask;
    }
    return { rules: [...sent.values()].flat() };
  }

  private async compare(mine: readonly NftRule[], theirs: readonly NftRule[]): Promise<Finding[]> {
    const findings: Finding[] = [];
    const { family } = this;
    const [chains, other] = [this.chains(this.mine), this.chains(this.theirs)];
    const shown = (list: readonly KernelChain[]) =>
      list.map(({ table, name, use, hook, policy }) => JSON.stringify({ table, name, use, hook, policy })).sort();
    if (shown(chains).join() !== shown(other).join())
      findings.push({ aspect: 'chains', line: '', ours: shown(chains).join('\n'), theirs: shown(other).join('\n') });
    const of = (list: readonly NftRule[], { table, name }: KernelChain) =>
      list.filter((rule) => rule.table === table && rule.chain === name);
    for (const chain of chains) {
      const { table, name } = chain;
      const texts = this.mine.saved(family, table, name);
      const compareAll = (aspect: Aspect, one: readonly NftRule[], two: readonly NftRule[]) => {
        for (let i = 0; i < Math.max(one.length, two.length); i++) {
          const [a, b] = [padded(one[i]?.said), padded(two[i]?.said)];
          if (a && b && a.equals(b)) continue;
          findings.push({ aspect, line: texts[i] ?? '', ours: hex(a), theirs: hex(b) });
        }
      };
      const dumped = this.mine.dump(family, table, name);
      this.compared += dumped.length;
      compareAll('sent', of(mine, chain), of(theirs, chain));
      compareAll('entry', dumped, this.theirs.dump(family, table, name));
    }
    for (const [oracle, firewall] of [
      [this.mine, this.ofMine],
      [this.theirs, this.ofTheirs],
    ] as const)
      for (const table of new Set(chains.map((chain) => chain.table))) {
        const ours = (await firewall.table(table as 'filter').save()).split('\n').filter((line) => /^[:-]/.test(line));
        const printed = oracle.printed(family, table);
        for (let i = 0; i < Math.max(ours.length, printed.length); i++)
          if (ours[i] !== printed[i] && !this.saysMore(oracle, table, ours[i] ?? '', printed[i] ?? ''))
            findings.push({ aspect: 'text', line: ours[i] ?? '', ours: ours[i] ?? '', theirs: printed[i] ?? '' });
      }
    return findings;
  }
  /** Whether our text is that of a rule that is there, and theirs isn't. */
  private saysMore(oracle: NftOracle, table: string, ours: string, theirs: string): boolean {
    const [, chain] = /^-A (\S+)/.exec(ours) ?? [];
    if (chain === undefined || ours.includes('#nft')) return false;
    const there = oracle.dump(this.family, table, chain).flatMap((rule) => this.words.read(rule) ?? []);
    const isThere = (line: string) => there.some((entry) => says(this.words.ours, line, table, chain, entry));
    return isThere(ours) && !isThere(theirs);
  }
  private chains({ socket }: NftOracle): KernelChain[] {
    return finish(new Reader(this.family).read(socket.requestSync(chainsRequest(this.family)))).chains;
  }
}
/** What is between attributes is what was in libnftnl's memory. */
function padded(attributes: Buffer | undefined): Buffer | undefined {
  if (attributes === undefined) return undefined;
  const bytes = Buffer.from(attributes);
  const clear = (from: number, to: number): void => {
    for (let at = from; at + 4 <= to; ) {
      const [size, type] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
      if (type & NLA_F.NESTED) clear(at + 4, at + size);
      bytes.fill(0, at + size, Math.min(to, aligned(at + size)));
      at = aligned(at + size);
    }
  };
  clear(0, bytes.length);
  return bytes;
}
const hex = (bytes: Buffer | undefined) => bytes?.toString('hex') ?? 'none';

function judge(findings: readonly Finding[]): string {
  return findings
    .filter((finding) => !known(finding))
    .slice(0, 5)
    .map(({ aspect, line, ours, theirs }) => `${aspect}: ${line}\n  ours   ${ours}\n  theirs ${theirs}`)
    .join('\n');
}

for (const family of ['ipv4', 'ipv6'] as const)
  (lacking ? describe.skip : describe)(
    `rulesets in nf_tables, ${family}${lacking ? ` [skipped: ${lacking}]` : ''}`,
    () => {
      test(`${many} generated ones are iptables-nft's`, { timeout: 30_000 + many * 2000 }, async () => {
        const both = new Both(family);
        try {
          const all = ([...matches, ...targets] as readonly AnyExtension[]).filter(({ name }) => !APART.has(name));
          const placed = rules(family, both.mine.kernel(family), all).filter(({ rule }) => rule.target !== 'QUEUE');
          const sample = fc.sample(fc.array(placed, { minLength: 1, maxLength: 12 }), { seed, numRuns: many });
          for (const [n, some] of sample.entries()) {
            const text = TABLES.map((table) => {
              const lines = some
                .filter((one) => one.table === table)
                .map((one) => {
                  const { counters, ...rule } = one.rule;
                  return `-A ${one.chain} ${both.print({ ...one, rule })}\n`;
                });
              return `*${table}\n:user-1 - [0:0]\n:user-2 - [0:0]\n${lines.join('')}COMMIT\n`;
            }).join('');
            expect(judge(await both.put(text)), `ruleset ${n} of seed ${seed}`).toBe('');
          }
          expect(both.compared).toBeGreaterThan(many);
        } finally {
          await both.close();
        }
      });

      const files = existsSync(folder) ? readdirSync(folder) : [];
      const ending = family === 'ipv4' ? '.v4.rules' : '.v6.rules';
      for (const name of files.filter((each) => each.endsWith(ending)))
        test(name, { timeout: 60_000 }, async () => {
          const both = new Both(family);
          try {
            expect(judge(await both.put(readFileSync(join(folder, name), 'utf8')))).toBe('');
          } finally {
            await both.close();
          }
        });
    },
  );
