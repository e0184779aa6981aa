/** iptables-nft, which says what is right in nf_tables: what it sends, what it prints. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeNetlink } from '../../lib/backend/addon';
import type { Backend } from '../../lib/backend/backend';
import { openNative } from '../../lib/backend/legacy/backend';
import { NFT_MSG, NFTA_RULE } from '../../lib/backend/nft/constants';
import { revisionIn, revisionRequest } from '../../lib/backend/nft/revision';
import type { Family } from '../../lib/codec/extension';
import type { Kernel } from '../../lib/codec/kernel';
import { Cursor } from '../../lib/netlink/attributes';
import { NFNL_SUBSYS, NFPROTO, NLM_F } from '../../lib/netlink/constants';
import { Messages } from '../../lib/netlink/messages';
import { MessageWriter } from '../../lib/netlink/writer';
import { openNetlink } from '../harness/netlink';
import { Netns } from '../harness/netns';
import type { Answer } from './legacy';
import { captureLibrary } from './programs';

const COMMAND = { ipv4: 'iptables-nft', ipv6: 'ip6tables-nft' } as const;
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
export const TABLES = ['raw', 'mangle', 'nat', 'filter', 'security'] as const;
const NFPROTOS = { ipv4: NFPROTO.IPV4, ipv6: NFPROTO.IPV6 } as const;

/** A rule as it was sent or dumped. */
export interface NftRule {
  readonly table: string;
  readonly chain: string;
  /** All attributes from NFTA_RULE_EXPRESSIONS on. */
  readonly said: Buffer;
  /** The whole message. */
  readonly message: Buffer;
}

/** The rules among messages, of one family. */
export function rulesIn(bytes: Uint8Array, family: Family): NftRule[] {
  const rules: NftRule[] = [];
  for (const m = new Messages(bytes); m.next(); ) {
    if (m.type !== ((NFNL_SUBSYS.NFTABLES << 8) | NFT_MSG.NEWRULE) || m.family !== NFPROTOS[family]) continue;
    let [table, chain, from] = ['', '', m.end];
    for (const c = m.attributes(new Cursor()); c.next(); ) {
      if (c.type === NFTA_RULE.TABLE) table = c.text();
      else if (c.type === NFTA_RULE.CHAIN) chain = c.text();
      else if (c.type === NFTA_RULE.EXPRESSIONS) from = c.start - 4;
    }
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    rules.push({ table, chain, said: all.subarray(from, m.end), message: all.subarray(m.start - 16, m.end) });
  }
  return rules;
}

export class NftOracle {
  readonly netns = new Netns();
  readonly socket: NativeNetlink;
  /** ip_set isn't of nf_tables. */
  private readonly sets: Backend;
  private readonly folder = mkdtempSync(join(tmpdir(), 'oracle-nft-'));
  private readonly capture = join(this.folder, 'capture');
  private readonly env = { ...process.env, PATH, LC_ALL: 'C' };

  constructor() {
    this.socket = openNetlink({ namespace: this.netns.path });
    this.sets = openNative({ family: 'ipv4', namespace: this.netns.path });
  }

  async close(): Promise<void> {
    await Promise.all([this.socket.close(), this.sets.close()]);
    this.netns.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  run(command: string, args: readonly string[], input = '', env: NodeJS.ProcessEnv = this.env) {
    const result = spawnSync('nsenter', [`--net=${this.netns.path}`, '--', command, ...args], {
      input,
      env,
      timeout: 60_000,
      maxBuffer: 1 << 28,
      encoding: 'utf8',
    });
    return { status: result.status ?? 128, stdout: result.stdout, stderr: result.stderr };
  }

  /** iptables-nft-restore --noflush */
  restore(family: Family, text: string, args: readonly string[] = ['--noflush']): Answer {
    return this.run(`${COMMAND[family]}-restore`, args, text);
  }
  /** The same, and what it sends. */
  capturing(
    family: Family,
    text: string,
    args: readonly string[] = ['--noflush'],
  ): Answer & { readonly rules: NftRule[] } {
    rmSync(this.capture, { force: true });
    const env = { ...this.env, LD_PRELOAD: captureLibrary(), CAPTURE: this.capture };
    const answer = this.run(`${COMMAND[family]}-restore`, args, text, env);
    const sent = existsSync(this.capture) ? readFileSync(this.capture) : Buffer.alloc(0);
    return { ...answer, rules: rulesIn(new Uint8Array(sent), family) };
  }
  /** The rules of a chain, from the kernel. */
  dump(family: Family, table: string, chain: string): NftRule[] {
    const writer = new MessageWriter(1, 4096);
    writer.begin((NFNL_SUBSYS.NFTABLES << 8) | NFT_MSG.GETRULE, NLM_F.DUMP, NFPROTOS[family]);
    writer.text(NFTA_RULE.TABLE, table);
    writer.text(NFTA_RULE.CHAIN, chain);
    writer.end();
    return rulesIn(new Uint8Array(this.socket.requestSync(writer.pieces[0]!).messages), family);
  }
  /** `iptables-nft -t TABLE -S CHAIN`, without the chain's own line. */
  saved(family: Family, table: string, chain: string): string[] {
    const { stdout } = this.run(COMMAND[family], ['-t', table, '-S', chain]);
    return stdout.split('\n').filter((line) => line.startsWith('-A '));
  }
  /** The chains and rules of `iptables-nft-save -t TABLE`. */
  printed(family: Family, table: string): string[] {
    const { stdout } = this.run(`${COMMAND[family]}-save`, ['-t', table]);
    return stdout.split('\n').filter((line) => /^[:-]/.test(line));
  }
  /** A line for a shell, in which iptables is iptables-nft. */
  shell(line: string): Answer {
    return this.run('sh', ['-c', line.replace(/^(ip6?tables)\b/, '$1-nft')]);
  }
  /** Empties all tables of both families. */
  flush(): void {
    this.run('nft', ['flush', 'ruleset']);
  }

  /** What our side may ask of the same kernel. */
  kernel(family: Family): Kernel {
    const known = new Map<string, number | undefined>();
    return {
      family,
      findSet: (name) => this.sets.findSet(name),
      setName: (index) => this.sets.setName(index),
      revision: (kind, name, most) => {
        for (let revision = most; revision >= 0; revision--) {
          const key = `${kind} ${name} ${revision}`;
          if (!known.has(key))
            known.set(key, revisionIn(this.socket.requestSync(revisionRequest(family, kind, name, revision)).messages));
          const newest = known.get(key);
          if (newest !== undefined && newest >= 0) return revision;
        }
        return undefined;
      },
    };
  }
}
