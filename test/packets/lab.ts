/** A machine between two others, with real cables: what the kernel tells of packets there, and what arrives. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Firewall } from '../../lib';
import type { Packet } from '../../lib/analysis';
import { readRuleset } from '../../lib/analysis/ruleset';
import { interfaceNames, type Listener, type TraceEvent } from '../../lib/analysis/trace/event';
import { readHeaders } from '../../lib/analysis/trace/header';
import { NflogListener } from '../../lib/analysis/trace/nflog';
import { NftListener } from '../../lib/analysis/trace/nftrace';
import { Paths, type Seen } from '../../lib/analysis/trace/paths';
import { ShownTables } from '../../lib/analysis/trace/shown';
import { Connections } from '../../lib/conntrack';
import { parseRuleset } from '../../lib/file/ruleset';
import type { Family } from '../../lib/rule/rule';
import { Netns, vethPair } from '../harness/netns';
import { compile } from '../oracle/programs';
import { NET } from './traffic';

const BUFFER = 8 << 20;
const QUIET = 12;
const KEYS = ['protocol', 'source', 'sport', 'icmpType'] as const;
/** The TRACE rules stand first in raw, and aren't the ruleset's. */
export const TRACED = { PREROUTING: ['-i eth0', '-i if0'], OUTPUT: ['-o eth1', '-o if0'] } as const;
/** A further cable to the machine that sends, of an interface that no rule names. */
const OTHER = { ipv4: ['10.3.0.2', '10.3.0.1'], ipv6: ['fd03::2', 'fd03::1'] } as const;

export interface Fate {
  readonly seen: Seen | undefined;
  /** What of it came to the machine behind. */
  readonly arrived: Packet | undefined;
}

/** Sends packets from a namespace, and says when they are gone. */
class Sender {
  private readonly child: ChildProcessWithoutNullStreams;
  private said = '';
  constructor(netns: Netns) {
    const program = compile('send', readFileSync(join(__dirname, 'send.c'), 'utf8'));
    this.child = spawn('nsenter', [`--net=${netns.path}`, '--', program]);
    this.child.stdin.on('error', () => {}); // it has ended
    this.child.stdout.on('data', (data) => {
      this.said += data;
    });
    this.child.stderr.on('data', (data) => {
      this.said += `\n${data}`;
    });
  }
  async send(mark: number, bytes: Uint8Array): Promise<void> {
    this.said = '';
    this.child.stdin.write(`${mark} ${Buffer.from(bytes).toString('hex')}\n`);
    for (let i = 0; i < 2000 && !this.said.includes('\n'); i++) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  /** Whether it was refused: a packet of its own that is dropped is EPERM, and it ends. */
  get refused(): boolean {
    return this.said !== '' && !this.said.startsWith('sent');
  }
  close(): void {
    this.child.kill('SIGKILL');
  }
}

export class Lab {
  private readonly left = new Netns();
  readonly here = new Netns();
  private readonly right = new Netns();
  private readonly senders = new Map<Netns, Sender>();
  private firewall!: Firewall<Family>;
  private listener!: Listener;
  private arrivals!: NflogListener;
  private behind!: Firewall<Family>;
  private names!: ReadonlyMap<number, string>;

  private constructor(
    private readonly family: Family,
    private readonly backend: 'legacy' | 'nft',
  ) {}

  static async open(family: Family, backend: 'legacy' | 'nft'): Promise<Lab> {
    const lab = new Lab(family, backend);
    const { here, out, left, right, mapped, bits } = NET[family];
    const with_ = (list: readonly string[]) => list.map((address) => `${address}/${bits}`);
    vethPair(
      { netns: lab.left, device: 'eth0', addresses: with_(left) },
      { netns: lab.here, device: 'eth0', addresses: with_(here) },
    );
    vethPair(
      { netns: lab.here, device: 'eth1', addresses: with_([out]) },
      { netns: lab.right, device: 'eth0', addresses: with_([...right, mapped]) },
    );
    const [there, near] = OTHER[family];
    vethPair(
      { netns: lab.left, device: 'if0', addresses: with_([there]) },
      { netns: lab.here, device: 'if0', addresses: with_([near]) },
    );
    lab.left.ip('route', 'add', 'default', 'via', here[0]);
    if (family === 'ipv4')
      for (const name of ['all', 'eth0', 'if0']) lab.here.sysctl(`net.ipv4.conf.${name}.rp_filter`, 0);
    lab.here.sysctl(family === 'ipv4' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding', 1);
    lab.firewall = await Firewall.open({ family, namespace: lab.here.path, backend });
    lab.behind = await Firewall.open({ family, namespace: lab.right.path, backend: 'legacy' });
    await lab.behind
      .table('raw')
      .chain('PREROUTING')
      .append({ target: { TRACE: {} } });
    lab.arrivals = await NflogListener.open(lab.right.path, family, BUFFER);
    void lab.listen(lab.arrivals, (events) => lab.behindTold.push(...events));
    lab.names = await interfaceNames(lab.here.path);
    for (const netns of [lab.left, lab.here]) lab.senders.set(netns, new Sender(netns));
    return lab;
  }

  /** Puts rules there, all five tables, and listens. */
  async load(text: string): Promise<Paths> {
    await this.listener?.close();
    const traced = text.replace(
      /^(\*raw\n(?::.*\n)*)/m,
      (head) =>
        `${head}${Object.entries(TRACED)
          .flatMap(([chain, all]) => all.map((where) => `-A ${chain} ${where} -j TRACE\n`))
          .join('')}`,
    );
    await this.firewall.restore(traced);
    await this.forget();
    const Listening = this.backend === 'legacy' ? NflogListener : NftListener;
    this.listener = await Listening.open(this.here.path, this.family, BUFFER);
    const ours = (table: string, chain: string) => (table === 'raw' && Object.hasOwn(TRACED, chain) ? 2 : 0);
    const rules = readRuleset('load', parseRuleset(text, { family: this.family }));
    const paths = new Paths(rules, this.names, ours, () => performance.now());
    const shown = new ShownTables(this.firewall);
    await shown.renew();
    void this.listen(this.listener, async (events) => {
      this.told += events.length;
      for (const event of events) paths.add(await shown.numbered(event));
    });
    return paths;
  }

  /** Lets a packet take the way that its interfaces say, whatever its addresses, until it is undone. */
  route({ destination, inInterface, outInterface }: Packet): () => void {
    const six = this.family === 'ipv6' ? ['-6'] : [];
    const [there, near] = OTHER[this.family];
    const ways: (readonly [Netns, readonly string[]])[] = [];
    const to = (netns: Netns, ...way: readonly string[]) => ways.push([netns, way]);
    if (inInterface === 'if0') to(this.left, destination!, 'via', near, 'dev', 'if0');
    if (inInterface !== undefined && outInterface === undefined) to(this.here, 'local', destination!, 'dev', 'lo');
    else if (outInterface === 'if0') to(this.here, destination!, 'via', there, 'dev', 'if0');
    else to(this.here, destination!, 'via', NET[this.family].right[0], 'dev', 'eth1');
    for (const [netns, way] of ways) netns.ip(...six, 'route', 'replace', ...way);
    return () => {
      for (const [netns, way] of ways) netns.ip(...six, 'route', 'delete', ...way);
    };
  }

  /** All connections are new then. */
  async forget(): Promise<void> {
    this.connections ??= await Connections.open({ namespace: this.here.path });
    await this.connections.flush();
  }
  private connections: Connections | undefined;

  /** Sends it, and looks at nothing. */
  async throw(packet: Packet, bytes: Uint8Array): Promise<void> {
    const from = packet.inInterface === undefined ? this.here : this.left;
    let sender = this.senders.get(from)!;
    if (sender.refused) {
      sender = new Sender(from);
      this.senders.set(from, sender);
    }
    await sender.send(packet.mark ?? 0, bytes);
  }

  /** The rules that are there, with what they have counted. */
  saved(): Promise<string> {
    return this.firewall.save({ counters: true });
  }

  /** What becomes of a packet; one of these ways is waited for, if any are said. They go one by one. */
  async send(paths: Paths, packet: Packet, bytes: Uint8Array, ways: readonly string[] = []): Promise<Fate> {
    await this.throw(packet, bytes);
    // Each packet is told of in raw at least; then nothing more may come for a while. The kernel sends some of its own.
    let seen: Seen | undefined;
    for (let tries = 0; tries < 3 && seen === undefined; tries++) {
      for (let i = 0; i < 60 && (this.told === 0 || performance.now() - this.last < QUIET); i++)
        await new Promise((resolve) => setTimeout(resolve, 4));
      this.told = 0;
      seen = paths.take(0).find(({ packet: of }) => KEYS.every((key) => of[key] === packet[key]));
    }
    // On a busy machine some of them come late.
    const isWhole = ({ path }: Seen) => ways.length === 0 || ways.includes(path.map(({ step }) => step).join(' '));
    for (let i = 0; i < 50 && seen !== undefined && !isWhole(seen); i++) {
      await new Promise((resolve) => setTimeout(resolve, 2 * QUIET));
      for (const late of paths.take(0))
        if (KEYS.every((key) => late.packet[key] === packet[key]))
          seen = { ...seen, verdict: late.verdict, path: [...seen.path, ...late.path] };
    }
    // It takes a moment longer to the machine behind.
    for (
      let i = 0;
      i < 250 && this.behindTold.length === 0 && seen?.path.some(({ chain }) => chain === 'POSTROUTING');
      i++
    )
      await new Promise((resolve) => setTimeout(resolve, 4));
    const came = this.behindTold.splice(0).find(({ packet: there }) => there && isSame(bytes, there));
    return { seen, arrived: came?.packet && readHeaders(came.packet) };
  }
  private told = 0;
  private last = 0;
  private readonly behindTold: TraceEvent[] = [];

  /** Until it is closed. */
  private async listen(listener: Listener, take: (events: readonly TraceEvent[]) => unknown): Promise<void> {
    try {
      for (;;) {
        const { events, lost } = await listener.receive();
        if (lost) throw new Error('steps were lost');
        await take(events);
        this.last = performance.now();
      }
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_CLOSED') throw error;
    }
  }

  async close(): Promise<void> {
    for (const sender of this.senders.values()) sender.close();
    await this.listener?.close();
    await this.arrivals?.close();
    await this.firewall?.close();
    await this.behind?.close();
    await this.connections?.close();
    for (const netns of [this.left, this.here, this.right]) netns.close();
  }
}

/** The identification of IPv4; in IPv6 all that NAT leaves alone. */
function isSame(sent: Uint8Array, arrived: Uint8Array): boolean {
  if (sent[0]! >> 4 === 4) return sent[4] === arrived[4] && sent[5] === arrived[5] && sent[9] === arrived[9];
  const number = (bytes: Uint8Array) =>
    bytes[6] === 6 || bytes[6] === 17 ? Buffer.from(bytes.subarray(40, 42)) : Buffer.from(bytes.subarray(44, 46));
  return sent[6] === arrived[6] && number(sent).equals(number(arrived));
}
