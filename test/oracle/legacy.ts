/** iptables-legacy, with what it leaves behind: in the kernel, in a namespace of its own, or on paper (paper.c). */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Family } from '../../lib/codec/extension';
import type { Kernel } from '../../lib/codec/kernel';
import { encodeText } from '../../lib/net/text';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';
import { commands, kernelProgram, paperLibrary, type Version } from './programs';
import { rulesOf, tableOf } from './table';

export const TABLES = ['raw', 'mangle', 'nat', 'filter', 'security'] as const;
const COMMAND = { ipv4: 'iptables-legacy', ipv6: 'ip6tables-legacy' } as const;

/** The listings that are compared: how -L is called. */
export const LISTINGS = ['-n', '-v', '-nvx --line-numbers'] as const;

/** Of a mask in full, HMARK lists no length for IPv6 but what lies in memory behind: here, words of a message. */
export const legible = (listing: string): string => listing.replace(/((?:src|dst)-prefix )\s+<table /g, '$1');

/** What a table looks like afterwards. */
export interface Sight {
  readonly rules: ReadonlyMap<string, readonly Uint8Array[]>;
  /** The -A lines of each chain, without `-A CHAIN`. */
  readonly saved: ReadonlyMap<string, readonly string[]>;
  /** By LISTINGS: each chain's part of -L, its lines with their ends. */
  readonly listed: readonly ReadonlyMap<string, readonly string[]>[];
}

export interface Answer {
  readonly status: number;
  readonly stderr: string;
}

export interface LegacyOptions {
  /** 1.8.11, if not told. */
  readonly version?: Version;
  /** On paper: newest revisions, "match conntrack 2", where not all are known. */
  readonly revisions?: readonly string[];
  /** On paper: the ip_sets that there are. */
  readonly sets?: readonly string[];
}

export class Legacy {
  private readonly folder = temporaryFolder('oracle');
  readonly netns: Netns | undefined;
  private readonly env: NodeJS.ProcessEnv;

  constructor(
    readonly on: 'kernel' | 'paper',
    private readonly options: LegacyOptions = {},
  ) {
    this.netns = on === 'kernel' ? new Netns() : undefined;
    const { version = '1.8.11', revisions = [], sets = [] } = options;
    this.env = {
      ...process.env,
      PATH: `${commands(version)}:${process.env.PATH}:/usr/sbin:/sbin`,
      LC_ALL: 'C',
      XTABLES_LOCKFILE: join(this.folder, 'lock'),
      ...(on === 'paper' && {
        LD_PRELOAD: paperLibrary(),
        PAPER: this.folder,
        PAPER_REVISIONS: `${revisions.join(',')} `,
        PAPER_SETS: sets.join(),
      }),
    };
  }

  close(): void {
    this.netns?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(command: string, args: readonly string[], input = ''): Answer & { stdout: string } {
    const [program, all] = this.netns
      ? ['nsenter', [`--net=${this.netns.path}`, '--', command, ...args]]
      : [command, [...args]];
    const result = spawnSync(program, all, {
      input: encodeText(input),
      env: this.env,
      encoding: 'utf8',
      timeout: 60_000,
      maxBuffer: 1 << 28,
    });
    return { status: result.status ?? 128, stdout: result.stdout, stderr: result.stderr };
  }

  /** iptables-restore --noflush */
  restore(family: Family, text: string): Answer {
    return this.run(`${COMMAND[family]}-restore`, ['--noflush'], text);
  }

  /** A line for a shell, in which iptables is iptables-legacy. */
  shell(line: string): Answer {
    return this.run('sh', ['-c', line.replace(/^(ip6?tables)\b/, '$1-legacy')]);
  }

  /** Empties all tables. */
  flush(family: Family): void {
    if (this.on === 'paper') {
      for (const table of TABLES) rmSync(join(this.folder, `${family.slice(3)}-${table}`), { force: true });
      return;
    }
    const { status, stderr } = this.run(
      `${COMMAND[family]}-restore`,
      [],
      TABLES.map((table) => `*${table}\nCOMMIT\n`).join(''),
    );
    if (status !== 0) throw new Error(`Emptying the tables: ${stderr}`);
  }

  /** Everything about a table, by one process. */
  look(family: Family, table: string): Sight {
    const command = COMMAND[family];
    const file = (name: string) => join(this.folder, name);
    const lines = [
      `${command}-save -t ${table} > saved`,
      ...LISTINGS.map((flags, i) => `${command} -t ${table} ${flags} -L > listed${i}`),
      this.netns
        ? `${kernelProgram()} ${family.slice(3)} entries ${table} > entries`
        : `cp ${family.slice(3)}-${table} entries`,
    ];
    const { status, stderr } = this.run('sh', ['-c', `cd ${this.folder} && ${lines.join(' && ')}`]);
    if (status !== 0) throw new Error(`Reading the table ${table}: ${stderr}`);
    const saved = new Map<string, string[]>();
    for (const line of readFileSync(file('saved'), 'utf8').split('\n')) {
      const [, chain, rule] = /^-A (\S+) ?(.*)$/.exec(line) ?? [];
      if (chain === undefined) continue;
      if (!saved.has(chain)) saved.set(chain, []);
      saved.get(chain)!.push(rule!);
    }
    const listed = LISTINGS.map((_, i) => {
      const chains = new Map<string, string[]>();
      for (const part of legible(readFileSync(file(`listed${i}`), 'utf8')).split(/^(?=Chain )/m)) {
        const all = part.replace(/\n\n$/, '\n').split(/(?<=\n)/);
        chains.set(/^Chain (\S+)/.exec(part)![1]!, all);
      }
      return chains;
    });
    return { rules: rulesOf(readFileSync(file('entries')), family), saved, listed };
  }

  /** What our side may ask of the same kernel. */
  kernel(family: Family): Kernel {
    const { revisions = [], sets = [] } = this.options;
    if (!this.netns) {
      return {
        family,
        revision(kind, name, most) {
          const limit = revisions.find((line) => line.startsWith(`${kind} ${name} `));
          return limit === undefined ? most : Math.min(most, Number(limit.split(' ')[2]));
        },
        findSet: (name) => (sets.includes(name) ? { index: sets.indexOf(name) } : undefined),
        setName: (index) => sets[index],
      };
    }
    const known = new Map<string, boolean>();
    return {
      family,
      findSet: () => undefined, // there are none in a new namespace
      setName: () => undefined,
      revision: (kind, name, most) => {
        for (let revision = most; revision >= 0; revision--) {
          const line = `${kind} ${name} ${revision}`;
          if (!known.has(line))
            known.set(line, this.run(kernelProgram(), [family.slice(3), 'revisions'], `${line}\n`).stdout === 'yes\n');
          if (known.get(line)) return revision;
        }
        return undefined;
      },
    };
  }

  /** On paper: makes a table of these entries, past iptables. */
  plant(family: Family, table: string, rules: ReadonlyMap<string, readonly Uint8Array[]>): void {
    writeFileSync(join(this.folder, `${family.slice(3)}-${table}`), tableOf(table, rules, family));
  }
}
