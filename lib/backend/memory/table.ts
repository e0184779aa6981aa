import { constants } from 'node:os';
import type { Family } from '../backend';
import { STANDARD_REVISION } from '../program';
import { SNAPSHOT } from '../snapshot';
import {
  DATA,
  type Entry,
  INVFLAGS_MASK,
  LAYOUTS,
  type Layout,
  LITTLE,
  NAME,
  NAME_SIZE,
  nameAt,
  REVISION,
  u16,
  u32,
  VERDICTS,
} from './entry';
import { failure } from './failure';
import { ProgramRunner } from './program';

const { E2BIG, EEXIST, EINVAL, ELOOP, EMLINK, ENOENT, ENOTEMPTY } = constants.errno;

/** The built-in chains of each table, by hook, as the kernel makes it. */
export const TABLES: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

interface Counters {
  readonly packets: bigint;
  readonly bytes: bigint;
}
const ZERO: Counters = { packets: 0n, bytes: 0n };
const ZEROES = Buffer.alloc(16);

/** Never changed in place: an edit puts another in its place, so that undoing is putting it back. */
export interface Rule {
  /** Its entry is `size` bytes from `at`; the name of a chain in it may be an old one. */
  readonly bytes: Buffer;
  readonly at: number;
  readonly size: number;
  readonly standard: boolean;
  /** Where it jumps or goes to. */
  readonly jump: Chain | undefined;
  /** A verdict for every packet: the kernel doesn't look for loops behind it. */
  readonly ends: boolean;
  /** It has a flag that the kernel doesn't know. */
  readonly odd: boolean;
  /** The edition in which its counters were given; -1 if the kernel has been counting with it. */
  readonly edition: number;
}

export interface Chain {
  /** One character for each byte, so that `<` is strcmp's order. */
  name: string;
  readonly builtin: boolean;
  policy: string;
  /** What the policy counted at the last commit. */
  counters: Counters;
  /** What it is to count from the next commit on; undefined: as it was. */
  newCounters: Counters | undefined;
  rules: Rule[];
  /** How many of its rules jump. */
  jumps: number;
  references: number;
}

/**
 * One table in memory. It is at once what the kernel has and what libiptc's copy is: programs edit it, commit() makes
 * the edits final and rollback() takes them back. Both cost what was edited, not what the table holds.
 */
export class MemoryTable {
  /** A table as the kernel makes it, without rules. Fails with stage 'read' if there is none of that name. */
  static empty(family: Family, name: string): MemoryTable {
    if (Buffer.byteLength(name) >= 32) throw failure('read', EINVAL, 'Module is wrong version');
    const builtin = Object.hasOwn(TABLES, name) ? TABLES[name]! : undefined;
    if (!builtin) throw failure('read', ENOENT, 'Table does not exist (do you need to insmod?)');
    const table = new MemoryTable(family);
    for (const chain of builtin) table.chains.set(chain, newChain(chain, 'ACCEPT'));
    return table;
  }

  /** The table that a backend has read. The snapshot is used in place: it must not change. */
  static from(snapshot: ArrayBuffer): MemoryTable {
    const b = Buffer.from(snapshot);
    if (b.length < SNAPSHOT.HEADER_SIZE || u32(b, 0) !== SNAPSHOT.VERSION || u32(b, 24) !== b.length) {
      throw new TypeError('Expected a snapshot of a table');
    }
    const table = new MemoryTable(u32(b, 4) === 4 ? 'ipv4' : 'ipv6');
    table.read(b);
    return table;
  }

  readonly layout: Layout;
  private readonly chains = new Map<string, Chain>();
  /** What list() gives; undefined after chains have come or gone. */
  private order: Chain[] | undefined;
  private undo: (() => void)[] = [];
  private edition = 0;
  private touched = false;
  /** Whether a loop may have been made. */
  private rerouted = false;
  /** How many rules have a flag that the kernel doesn't know. */
  private odd = 0;

  private constructor(readonly family: Family) {
    this.layout = LAYOUTS[family];
  }

  /** Whether there is something to commit. */
  get changed(): boolean {
    return this.touched;
  }

  /**
   * Runs a program, all or nothing: a failure (stage 'edit', with the operation's number) leaves the table as it was.
   * Gives whether it changed something.
   */
  run(program: Uint8Array, chainsCapture = false): boolean {
    const touched = this.touched;
    const mark = this.undo.length;
    try {
      this.runner(chainsCapture).run(program);
      return this.undo.length > mark;
    } catch (error) {
      this.undoTo(mark);
      this.touched = touched;
      throw error;
    }
  }

  /** For a program in pieces. A failure leaves the edits before it; rollback() takes back all. */
  runner(chainsCapture = false): ProgramRunner {
    return new ProgramRunner(this, chainsCapture);
  }

  /** Makes the edits since the last commit final. Fails with stage 'commit' where the kernel would; see check(). */
  commit(keepPolicyCounters = true): void {
    if (!this.touched) return;
    this.check();
    for (const chain of this.chains.values()) {
      if (!chain.builtin) break; // they come first
      chain.counters = chain.newCounters ?? (keepPolicyCounters ? chain.counters : ZERO);
      chain.newCounters = undefined;
    }
    this.forget();
  }

  /** Takes back all edits since the last commit. */
  rollback(): void {
    this.undoTo(0);
    this.forget();
  }

  /** Throws what the kernel would refuse the table for: a flag that it doesn't know, or jumps in a circle. */
  check(): void {
    if (this.odd > 0) throw failure('commit', EINVAL);
    if (this.rerouted && this.hasLoop()) throw failure('commit', ELOOP);
  }

  /** The table as it is now, edits included. */
  snapshot(): ArrayBuffer {
    const chains = this.list();
    const rulesAt = SNAPSHOT.HEADER_SIZE + chains.length * SNAPSHOT.CHAIN_SIZE;
    let size = rulesAt;
    let rules = 0;
    for (const chain of chains) {
      rules += chain.rules.length;
      for (const rule of chain.rules) size += rule.size;
    }
    const snapshot = new ArrayBuffer(size);
    const out = Buffer.from(snapshot);
    const view = new DataView(snapshot);
    const head = [SNAPSHOT.VERSION, this.family === 'ipv4' ? 4 : 6, chains.length, rules];
    [...head, SNAPSHOT.HEADER_SIZE, rulesAt, size, 0].forEach((word, i) => {
      view.setUint32(4 * i, word, LITTLE);
    });
    let at: number = SNAPSHOT.HEADER_SIZE;
    let ruleAt = rulesAt;
    for (const chain of chains) {
      const { packets, bytes } = chain.newCounters ?? chain.counters;
      out.write(chain.name, at, 'latin1');
      out.write(chain.policy, at + 32, 'latin1');
      view.setBigUint64(at + 64, packets, LITTLE);
      view.setBigUint64(at + 72, bytes, LITTLE);
      view.setUint32(at + 80, chain.builtin ? 1 : 0, LITTLE);
      view.setUint32(at + 84, chain.references, LITTLE);
      view.setUint32(at + 88, ruleAt, LITTLE);
      view.setUint32(at + 92, chain.rules.length, LITTLE);
      at += SNAPSHOT.CHAIN_SIZE;
      ruleAt = this.writeRules(chain, out, ruleAt);
    }
    return snapshot;
  }

  // What programs are made of: libiptc's calls, with its failures. The names of chains are checked by ProgramRunner.

  /** All chains, in the order of a snapshot. */
  list(): readonly Chain[] {
    if (!this.order) {
      const chains = [...this.chains.values()];
      const users = chains.filter((chain) => !chain.builtin).sort((a, b) => (a.name < b.name ? -1 : 1));
      this.order = [...chains.filter((chain) => chain.builtin), ...users];
    }
    return this.order;
  }

  find(name: string): Chain | undefined {
    return this.chains.get(name);
  }

  insert(name: string, rule: Rule, index?: number): void {
    const chain = this.require(name);
    const { length } = chain.rules;
    if (index !== undefined && index > length) throw failure('edit', E2BIG, 'Index of insertion too big');
    this.requireTarget(rule);
    this.put(chain, index ?? length, undefined, rule);
  }

  replace(name: string, index: number, rule: Rule): void {
    const chain = this.require(name);
    const old = this.requireRule(chain, index, 'Index of replacement too big');
    this.requireTarget(rule);
    this.put(chain, index, old, rule);
  }

  deleteAt(name: string, index: number): void {
    const chain = this.require(name);
    this.put(chain, index, this.requireRule(chain, index, 'Index of deletion too big'), undefined);
  }

  flush(name: string): void {
    const chain = this.require(name);
    const { rules } = chain;
    const set = (now: Rule[], by: number) => {
      chain.rules = now;
      for (const rule of rules) this.count(chain, rule, by);
    };
    set([], -1);
    this.did(() => set(rules, +1));
  }

  zero(name: string): void {
    const chain = this.require(name);
    const { rules, newCounters } = chain;
    chain.rules = rules.map((rule) => this.zeroed(rule));
    // What the policy has been set to in the same commit stays: libiptc zeroes what the kernel counted.
    chain.newCounters ??= ZERO;
    this.did(() => Object.assign(chain, { rules, newCounters }));
  }

  zeroAt(name: string, index: number): void {
    const chain = this.require(name);
    const rule = this.requireRule(chain, index, 'Index of counter too big');
    this.put(chain, index, rule, this.zeroed(rule));
  }

  create(name: string): void {
    if (this.chains.has(name) || VERDICTS.has(name)) throw failure('edit', EEXIST, 'Chain already exists');
    const chain = newChain(name, '');
    this.enter(name, chain);
    this.did(() => this.enter(name, undefined));
  }

  deleteChain(name: string): void {
    const chain = this.require(name);
    if (chain.builtin) throw failure('edit', EINVAL);
    if (chain.references > 0) throw failure('edit', EMLINK);
    if (chain.rules.length > 0) throw failure('edit', ENOTEMPTY);
    this.enter(name, undefined);
    this.did(() => this.enter(name, chain));
  }

  rename(from: string, to: string): void {
    if (this.chains.has(to) || VERDICTS.has(to)) throw failure('edit', EEXIST);
    const chain = this.chains.get(from);
    if (!chain || chain.builtin) throw failure('edit', ENOENT);
    const move = (old: string, name: string) => {
      this.enter(old, undefined);
      this.enter(name, chain);
      chain.name = name;
    };
    move(from, to);
    this.did(() => move(to, from));
  }

  setPolicy(name: string, policy: string, counters: Counters | undefined): void {
    const chain = this.chains.get(name);
    if (!chain?.builtin) throw failure('edit', ENOENT, 'Bad built-in chain name');
    if (policy !== 'ACCEPT' && policy !== 'DROP') throw failure('edit', EINVAL, 'Bad policy name');
    const old = { policy: chain.policy, newCounters: chain.newCounters };
    Object.assign(chain, { policy, newCounters: counters ?? ZERO });
    this.did(() => Object.assign(chain, old));
  }

  /** A rule of a program's entry, to be counted with from what the entry says. */
  rule({ bytes, standard }: Entry, jump: Chain | undefined): Rule {
    return this.ruleAt(bytes, 0, standard, jump, this.edition);
  }

  private ruleAt(bytes: Buffer, at: number, standard: boolean, jump: Chain | undefined, edition: number): Rule {
    const { layout } = this;
    return {
      bytes,
      at,
      size: u16(bytes, at + layout.nextOffset),
      standard,
      jump,
      ends: standard && jump === undefined && this.isVerdictForAll(bytes, at),
      odd:
        (bytes[at + layout.flags]! & ~layout.flagsMask) !== 0 || (bytes[at + layout.invflags]! & ~INVFLAGS_MASK) !== 0,
      edition,
    };
  }

  private isVerdictForAll(bytes: Buffer, at: number): boolean {
    const { layout } = this;
    for (let i = at; i < at + layout.head; i++) if (bytes[i] !== 0) return false;
    const target = at + u16(bytes, at + layout.targetOffset);
    return target === at + layout.size && (bytes[target + NAME] !== 0 || u32(bytes, target + DATA) !== 0);
  }

  private zeroed(rule: Rule): Rule {
    // libiptc subtracts what it read, and so leaves alone what the same commit sets.
    if (rule.edition === this.edition) return rule;
    const counters = rule.at + this.layout.counters;
    return rule.bytes.compare(ZEROES, 0, 16, counters, counters + 16) === 0 ? rule : this.counting(rule, ZERO, -1);
  }

  private counting(rule: Rule, { packets, bytes: octets }: Counters, edition: number): Rule {
    const bytes = Buffer.from(rule.bytes.subarray(rule.at, rule.at + rule.size));
    const view = new DataView(bytes.buffer, bytes.byteOffset + this.layout.counters);
    view.setBigUint64(0, packets, LITTLE);
    view.setBigUint64(8, octets, LITTLE);
    return { ...rule, bytes, at: 0, edition };
  }

  private require(name: string): Chain {
    const chain = this.chains.get(name);
    if (!chain) throw failure('edit', ENOENT);
    return chain;
  }

  private requireRule(chain: Chain, index: number, reason?: string): Rule {
    const rule = chain.rules[index];
    if (!rule) throw failure('edit', E2BIG, reason);
    return rule;
  }

  /** libiptc would take an extension's target for a jump to the built-in chain of its name, if there were one. */
  private requireTarget({ standard, bytes, at }: Rule): void {
    if (standard) return;
    const target = at + u16(bytes, at + this.layout.targetOffset);
    if (this.chains.get(nameAt(bytes, target + NAME, NAME_SIZE)!)?.builtin) throw failure('edit', EINVAL);
  }

  /** Remembers how to take back what has just been done. */
  private did(undo: () => void): void {
    this.undo.push(undo);
    this.touched = true;
  }

  private undoTo(mark: number): void {
    while (this.undo.length > mark) this.undo.pop()!();
  }

  private forget(): void {
    this.undo = [];
    this.touched = this.rerouted = false;
    this.edition++;
  }

  /** The one way in which a rule comes, goes or is replaced. */
  private put(chain: Chain, index: number, old: Rule | undefined, rule: Rule | undefined): void {
    this.splice(chain, index, old, rule);
    if (rule?.jump || old?.ends) this.rerouted = true;
    this.did(() => this.splice(chain, index, rule, old));
  }

  private splice(chain: Chain, index: number, old: Rule | undefined, rule: Rule | undefined): void {
    if (old && rule) chain.rules[index] = rule;
    else if (rule) chain.rules.splice(index, 0, rule);
    else chain.rules.splice(index, 1);
    if (rule) this.count(chain, rule, +1);
    if (old) this.count(chain, old, -1);
  }

  private count(chain: Chain, { jump, odd }: Rule, by: number): void {
    if (odd) this.odd += by;
    if (!jump) return;
    jump.references += by;
    chain.jumps += by;
  }

  private enter(name: string, chain: Chain | undefined): void {
    if (chain) this.chains.set(name, chain);
    else this.chains.delete(name);
    this.order = undefined;
  }

  private writeRules({ rules, jumps }: Chain, out: Buffer, start: number): number {
    // Rules that lie side by side, as those of a snapshot do, are copied as one.
    let at = start;
    for (let i = 0; i < rules.length; ) {
      const { bytes, at: from } = rules[i]!;
      let to = from;
      for (; i < rules.length && rules[i]!.bytes === bytes && rules[i]!.at === to; i++) to += rules[i]!.size;
      at += bytes.copy(out, at, from, to);
    }
    if (jumps === 0) return at;
    let ruleAt = start;
    for (const { jump, size } of rules) {
      if (jump) {
        const name = ruleAt + u16(out, ruleAt + this.layout.targetOffset) + NAME;
        out.fill(0, name, name + NAME_SIZE).write(jump.name, name, 'latin1');
      }
      ruleAt += size;
    }
    return at;
  }

  private read(b: Buffer): void {
    const view = new DataView(b.buffer, b.byteOffset, b.length);
    const chains = Array.from({ length: u32(b, 8) }, (_, i) => u32(b, 16) + i * SNAPSHOT.CHAIN_SIZE);
    for (const at of chains) {
      const name = nameAt(b, at, 32)!;
      const chain = newChain(name, u32(b, at + 80) === 1 ? nameAt(b, at + 32, 32)! : '', u32(b, at + 80) === 1);
      chain.counters = { packets: view.getBigUint64(at + 64, LITTLE), bytes: view.getBigUint64(at + 72, LITTLE) };
      this.chains.set(name, chain);
    }
    const all = [...this.chains.values()];
    this.order = all;
    chains.forEach((at, i) => {
      const chain = all[i]!;
      let ruleAt = u32(b, at + 88);
      for (let left = u32(b, at + 92); left > 0; left--) {
        const target = ruleAt + u16(b, ruleAt + this.layout.targetOffset);
        const standard = b[target + REVISION] === STANDARD_REVISION;
        const name = standard ? nameAt(b, target + NAME, NAME_SIZE)! : '';
        const jump = name === '' || VERDICTS.has(name) ? undefined : this.chains.get(name);
        const rule = this.ruleAt(b, ruleAt, standard, jump, -1);
        chain.rules.push(rule);
        this.count(chain, rule, +1);
        ruleAt += rule.size;
      }
    });
  }

  /** As the kernel looks for them: from the built-in chains, and not behind a verdict for every packet. */
  private hasLoop(): boolean {
    const seen = new Set<Chain>();
    const path = new Set<Chain>();
    const steps: { readonly chain: Chain; readonly ways: Chain[] }[] = [];
    const enter = (chain: Chain) => {
      seen.add(chain);
      path.add(chain);
      steps.push({ chain, ways: jumpsOf(chain) });
    };
    for (const chain of this.chains.values()) if (chain.builtin) enter(chain);
    for (let step = steps.at(-1); step; step = steps.at(-1)) {
      const next = step.ways.pop();
      if (!next) {
        steps.pop();
        path.delete(step.chain);
      } else if (path.has(next)) {
        return true;
      } else if (!seen.has(next)) {
        enter(next);
      }
    }
    return false;
  }
}

function newChain(name: string, policy: string, builtin = policy !== ''): Chain {
  return { name, builtin, policy, counters: ZERO, newCounters: undefined, rules: [], jumps: 0, references: 0 };
}

function jumpsOf({ rules, jumps }: Chain): Chain[] {
  const found: Chain[] = [];
  if (jumps === 0) return found;
  for (const { jump, ends } of rules) {
    if (jump) found.push(jump);
    if (ends) break;
  }
  return found;
}
