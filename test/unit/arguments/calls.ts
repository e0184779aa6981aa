/** Every public function, called with arguments that are right, one of which a test makes wrong. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as analysis from '../../../lib/analysis';
import { Bans } from '../../../lib/bans';
import { Blocklist } from '../../../lib/bans/blocklist';
import * as conntrack from '../../../lib/conntrack';
import * as fleet from '../../../lib/fleet';
import * as libiptc from '../../../lib/index';
import * as persist from '../../../lib/persist';
import * as policy from '../../../lib/policy';
import * as services from '../../../lib/services';
import { IpSet, Sets } from '../../../lib/sets';
import type { Session } from '../../../lib/sets/session';
import { MemoryBackend } from '../../../lib/testing';
import { temporaryFolder } from '../../harness/temporary';

// biome-ignore lint/suspicious/noExplicitAny: what is given is of no type
type Any = any;
export interface Call {
  readonly arguments: readonly unknown[];
  run(...given: readonly unknown[]): unknown;
}

/** What is thrown where the kernel would be asked: what is given was taken. */
export const TAKEN = Symbol('taken');
const kernel: unknown = new Proxy(() => {}, {
  get: (_, key) => (key === 'namespace' ? taken() : kernel),
  apply: taken,
});
function taken(): never {
  throw TAKEN;
}
/** One of a class, all of whose own fields are the kernel. */
const withoutKernel = (of: { readonly prototype: object }): Any =>
  new Proxy(Object.create(of.prototype), {
    get: (target, key, receiver) => (key in target ? Reflect.get(target, key, receiver) : kernel),
  });

const RULES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:mine - [0:0]
-A INPUT -s 10.0.0.1/32 -j DROP
-A mine -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
`;
const RULESET = { family: 'ipv4', tables: [{ name: 'filter', chains: [{ name: 'mine' }], rules: [] }] } as const;
const CONNECTION = {
  family: 'ipv4',
  protocol: 'udp',
  protocolNumber: 17,
  original: { source: '192.0.2.1', destination: '192.0.2.2', counters: { packets: 0n, bytes: 0n } },
  reply: { source: '192.0.2.2', destination: '192.0.2.1', counters: { packets: 0n, bytes: 0n } },
  status: [],
  mark: 0,
} as const;
const DESIRED = { filter: { mine: { rules: ['-j DROP'] } } } as const;
const PACKET = { protocol: 'tcp', inInterface: 'eth0', owner: { uid: 0 } } as const;
const KEYS = fleet.newKeys();
const PEM = '-----BEGIN CERTIFICATE-----';
const POLICY = { version: 1, own: ['web'], rulesets: [] } as const;
const RULE = { source: '10.0.0.9', target: 'DROP' } as const;

/** Tables in memory, a folder for a machine, and all that can be called. */
export class Bench {
  readonly backend = new MemoryBackend('ipv4');
  readonly firewall = libiptc.Firewall.openSync({ backend: this.backend });
  readonly other = new MemoryBackend('ipv6');
  readonly root = temporaryFolder('arguments');

  static async set(): Promise<Bench> {
    const bench = new Bench();
    await bench.firewall.restore(RULES);
    return bench;
  }
  /** What must stay as it is. */
  saved(): Promise<string> {
    return this.firewall.save({ counters: true });
  }
  async clear(): Promise<void> {
    await this.firewall.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  get calls(): Record<string, Call> {
    const { firewall, backend, other, root } = this;
    const filter = firewall.table('filter');
    const machine = { root, files: { ipv4: join(root, 'rules') }, families: ['ipv4'] };
    const own = { ...machine, firewalls: [firewall], tables: ['filter'] };
    const call = (run: (...given: Any[]) => unknown, ...given: unknown[]): Call => ({ arguments: given, run });
    const method = (name: string, of: () => Any, ...given: unknown[]): Record<string, Call> => ({
      [name]: call((...args) => of()[name](...args), ...given),
    });
    const both = (name: string, of: () => Any, ...given: unknown[]): Record<string, Call> => ({
      ...method(name, of, ...given),
      ...method(`${name}Sync`, of, ...given),
    });
    const prefixed = (prefix: string, calls: Record<string, Call>): Record<string, Call> =>
      Object.fromEntries(Object.entries(calls).map(([name, each]) => [`${prefix}.${name}`, each]));

    const chain = (name: string): Record<string, Call> => {
      const of = () => filter.chain(name);
      return {
        ...both('append', of, RULE, {}),
        ...both('appendAll', of, [RULE], {}),
        ...both('check', of, RULE, {}),
        ...both('flush', of, {}),
        ...method('list', of, {}),
        ...method('rules', of, {}),
        ...method('state', of, {}),
        ...both('delete', of, 1, { expect: undefined }),
        ...method('ensure', of, RULE, { position: 1 }),
        ...both('insert', of, RULE, 1, {}),
        ...method('remove', of, RULE, {}),
        ...both('replace', of, 1, RULE, {}),
        ...both('zero', of, 1, {}),
      };
    };
    const edits = (within: (work: (table: Any) => unknown) => unknown): Record<string, Call> => {
      const each = (name: string, ...given: unknown[]) => ({
        [name]: call((...args) => within((table) => table[name](...args)), ...given),
      });
      return {
        ...each('chain', 'mine'),
        ...each('createChain', 'new', {}),
        ...each('createChainSync', 'new', {}),
        ...each('deleteChain', 'mine', {}),
        ...each('deleteChainSync', 'mine', {}),
        ...each('dropChain', 'mine', {}),
        ...each('ensureChain', 'new', { hook: { chain: 'INPUT', rule: {}, position: 1 } }),
        ...each('deleteChains', {}),
        ...each('deleteChainsSync', {}),
        ...each('flush', {}),
        ...each('flushSync', {}),
        ...each('state', {}),
        ...each('zero', {}),
        ...each('zeroSync', {}),
        ...each('renameChain', 'mine', 'yours', {}),
        ...each('renameChainSync', 'mine', 'yours', {}),
      };
    };
    const state = () => filter.stateSync();
    const inBoth = (name: string, of: 'families' | 'table' | 'chain', ...given: unknown[]): Record<string, Call> => ({
      [name]: call(
        async (...args) => {
          const families = await libiptc.Firewall.openBoth({ backend: { ipv4: backend, ipv6: other } });
          const table = families.both.table('filter');
          const target: Any = { families, table, chain: table.chain('INPUT') }[of];
          return target[name](...args);
        },
        ...given,
      ),
    });
    const bans = () => withoutKernel(Bans);
    const agent = { keys: [KEYS.public], state: join(root, 'fleet'), host: 'a' };
    const publisher = () => fleet.Publisher.open(fleet.memoryStore(), { key: KEYS.private });
    const publishing = (name: string, ...given: unknown[]) => ({
      [name]: call(async (...args) => ((await publisher()) as Any)[name](...args), ...given),
    });
    const listening = (name: string) => ({
      [name]: call(
        async (...args) => {
          const opened = await fleet.Agent.open(firewall, fleet.memoryStore(), agent);
          try {
            return (opened as Any)[name](...args) && undefined;
          } finally {
            await opened.close();
          }
        },
        'status',
        () => {},
      ),
    });
    const connections = () => withoutKernel(conntrack.Connections);
    const set = () => new IpSet(kernel as Session, 'mine');
    const sets = () => withoutKernel(Sets);
    return {
      ...prefixed('Chain', chain('mine')),
      ...prefixed('BuiltinChain', {
        ...chain('INPUT'),
        ...method('policy', () => filter.chain('INPUT'), {}),
        ...both('setPolicy', () => filter.chain('INPUT'), 'DROP', {}),
      }),
      ...prefixed('Table', {
        ...edits((work) => work(filter)),
        ...method('drain', () => filter, {}),
        ...method('version', () => filter, {}),
        ...method('changed', () => filter, 'memory:0', {}),
        ...method('save', () => filter, {}),
        ...method('saveLines', () => filter, {}),
        ...method('listing', () => filter, {}, 'INPUT', {}),
        ...method('listingLines', () => filter, {}, 'INPUT', {}),
        ...method(
          'transaction',
          () => filter,
          () => {},
          { attempts: 1 },
        ),
        ...method('restoreState', () => filter, state(), {}),
      }),
      ...prefixed(
        'Transaction',
        edits((work) => filter.transaction(async (tx) => void (await work(tx)))),
      ),
      ...prefixed(
        'ChainState',
        method('rule', () => state().chain('INPUT'), 1),
      ),
      ...prefixed('TableState', {
        ...method('chain', state, 'INPUT'),
        ...method('saveLines', state, {}),
        ...method('save', state, {}),
        ...method('listing', state, {}, 'INPUT'),
        ...method('listingLines', state, {}, 'INPUT'),
      }),
      ...prefixed('Firewall', {
        ...both('open', () => libiptc.Firewall, { backend, lock: {}, queue: {} }),
        ...method('drain', () => firewall, {}),
        ...method('version', () => firewall, {}),
        ...method('changed', () => firewall, 'memory:0', {}),
        ...method('restore', () => firewall, RULES, {}),
        ...method('save', () => firewall, {}),
        ...method('saveLines', () => firewall, {}),
        ...method(
          'on',
          () => firewall,
          'commit',
          () => {},
        ),
        ...method(
          'off',
          () => firewall,
          'commit',
          () => {},
        ),
        ...method('table', () => firewall, 'filter'),
        ...method(
          'transaction',
          () => firewall,
          () => {},
          { attempts: 1, tables: ['filter'] },
        ),
      }),
      'FirewallTransaction.table': call(
        (...args) => firewall.transaction(async (tx: Any) => void tx.table(...args)),
        'filter',
      ),
      ...prefixed('MemoryBackend', {
        ...method('count', () => backend, 'filter', 'INPUT', 1, { packets: 0, bytes: 0 }),
        ...method('failNext', () => new MemoryBackend('ipv4'), 'commit', 1),
        ...method('table', () => backend, 'filter'),
      }),
      ...prefixed('Bans', {
        ...method('open', () => Bans, firewall, {}),
        ...method('ban', bans, '192.0.2.1', {}),
        ...method('unban', bans, '192.0.2.1'),
        ...method('allow', bans, '192.0.2.1', {}),
        ...method('disallow', bans, '192.0.2.1'),
        ...method('isBanned', bans, '192.0.2.1'),
        ...method('on', bans, 'ban', () => {}),
        ...method('off', bans, 'ban', () => {}),
        ...method('import', bans, '192.0.2.1', {}),
        ...method('export', bans, {}),
        ...method('blocklist', bans, 'drop'),
      }),
      ...prefixed('Blocklist', {
        ...method('refresh', () => withoutKernel(Blocklist), '/nowhere', {}),
        ...method('replace', () => withoutKernel(Blocklist), '192.0.2.1', {}),
      }),
      ...prefixed('Agent', {
        open: call(
          async (...given) => (await (fleet.Agent as Any).open(...given)).close(),
          firewall,
          fleet.memoryStore(),
          { ...agent, guard: {} },
        ),
        ...method('boot', () => fleet.Agent, firewall, { keys: agent.keys, state: agent.state }),
        ...listening('on'),
        ...listening('off'),
      }),
      ...prefixed('Publisher', {
        ...method('open', () => fleet.Publisher, fleet.memoryStore(), {}),
        ...publishing('publish', 'web', POLICY, {}),
        ...publishing('rollback', 'web', {}),
        ...publishing('history', 'web'),
        ...publishing('setHost', 'a', {}),
        ...publishing('setGroup', 'web', {}),
        ...publishing('rollOut', 'web', {}),
        ...publishing('pause', 'web'),
        ...publishing('resume', 'web'),
        ...publishing('abort', 'web'),
      }),
      ...method('etcdStore', () => fleet, { endpoints: ['http://127.0.0.1:1'], ca: PEM, cert: PEM, key: PEM }),
      ...method('directoryStore', () => fleet, join(root, 'store')),
      ...method('parsePolicy', () => fleet, { ipv4: '*filter\nCOMMIT\n' }, { group: 'web' }),
      ...prefixed('Connections', {
        ...method('open', () => conntrack.Connections, {}),
        ...method('list', connections, {}),
        ...method('count', connections, {}),
        ...method('delete', connections, {}),
        ...method('events', connections, {}),
      }),
      ...prefixed('IpSet', {
        ...method('add', set, '192.0.2.1', {}),
        ...method('delete', set, '192.0.2.1', {}),
        ...method('test', set, '192.0.2.1'),
        ...method('replace', set, ['192.0.2.1']),
        ...method('rename', set, 'yours'),
        ...method('swap', set, 'yours'),
      }),
      ...prefixed('Sets', {
        ...method('open', () => Sets, {}),
        ...method('create', sets, 'mine', { type: 'hash:ip' }, {}),
        ...method('set', sets, 'mine'),
        ...method('restore', sets, 'flush', {}),
      }),
      'new MemoryBackend': call((...given) => new (MemoryBackend as Any)(...given), 'ipv4', {
        revisions: { match: {}, target: {} },
      }),
      ...method('formatConnection', () => conntrack, CONNECTION),
      ...method('decodeText', () => libiptc, Buffer.from('x')),
      ...method('encodeText', () => libiptc, 'x'),
      ...prefixed('BothChain', {
        ...inBoth('append', 'chain', RULE, {}),
        ...inBoth('appendAll', 'chain', [RULE], {}),
        ...inBoth('ensure', 'chain', RULE, { position: 1 }),
        ...inBoth('insert', 'chain', RULE, 1, {}),
        ...inBoth('flush', 'chain', {}),
        ...inBoth('remove', 'chain', RULE, {}),
        ...inBoth('setPolicy', 'chain', 'DROP', {}),
      }),
      ...prefixed('BothTable', {
        ...inBoth('chain', 'table', 'mine'),
        ...inBoth('createChain', 'table', 'new', {}),
        ...inBoth('dropChain', 'table', 'mine', {}),
        ...inBoth('ensureChain', 'table', 'new', { hook: { chain: 'INPUT', rule: {}, position: 1 } }),
      }),
      ...prefixed('BothFamilies', {
        ...inBoth('of', 'families', '10.0.0.1'),
        ...inBoth('transaction', 'families', () => {}, { attempts: 1, tables: ['filter'] }),
      }),
      'Firewall.openBoth': call(async (...given) => (libiptc.Firewall as Any).openBoth(...given), {
        backend: { ipv4: backend, ipv6: other },
        lock: {},
        queue: {},
      }),
      ...method('metricsText', () => libiptc, firewall, {}),
      ...method('expandRule', () => libiptc, RULE, {}),
      ...method('matchOf', () => libiptc, RULE, 'tcp'),
      ...method('formatRule', () => libiptc, RULE, {}),
      ...method('formatRuleset', () => libiptc, RULESET, {}),
      ...method('parseRule', () => libiptc, '-j DROP', {}),
      ...method('parseRuleset', () => libiptc, RULES, {}),
      ...method('rulesFromJson', () => libiptc, [RULE], {}),
      ...method('rulesToJson', () => libiptc, RULESET),
      formatRulesetLines: call((...given) => [...(libiptc.formatRulesetLines as Any)(...given)], RULESET, {}),
      ...method('save', () => persist, own),
      ...method('load', () => persist, own),
      autosave: call((...given) => (persist.autosave as Any)(...given).close(), [firewall], {
        root,
        files: machine.files,
      }),
      ...method('compile', () => analysis, RULESET),
      ...method('compareTraffic', () => analysis, RULESET, RULESET, { nodes: 100_000 }),
      ...method('check', () => analysis, RULESET, { nodes: 100_000 }),
      ...method('query', () => analysis, RULESET, 'who may reach tcp/22', { nodes: 100_000 }),
      ...method('serviceMatrix', () => analysis, RULESET, { protocol: 'tcp', port: 22 }, { way: 'in' }),
      ...method('spoofing', () => analysis, RULESET, { eth0: ['192.0.2.0/24'] }, { nodes: 100_000 }),
      ...method('simulate', () => analysis, RULESET, PACKET, { sets: {}, addresses: {} }),
      ...method('parsePacket', () => analysis, 'tcp 192.0.2.1 -> :22 in eth0'),
      trace: call(async (...given) => (analysis.trace as Any)(...given), firewall, { port: 22 }, { count: 1 }),
      ...method('plan', () => policy, firewall, DESIRED, { own: { chains: 'mine' } }),
      watch: call(
        async (...given) => {
          const watch = (policy.watch as Any)(...given);
          await new Promise((resolve, reject) => watch.once('ready', resolve).once('error', reject));
          await watch.close();
        },
        firewall,
        DESIRED,
        { own: { chains: 'mine' } },
      ),
      apply: call(
        async (...given) => {
          const change = await (policy.apply as Any)(...given);
          await change.confirm?.();
        },
        firewall,
        DESIRED,
        { own: { chains: 'mine' }, guard: { confirmWithin: 10_000 } },
      ),
      'Plan.apply': call(async (...given) => ((await policy.plan(firewall, DESIRED)) as Any).apply(...given), {}),
      'Plan.toString': call(async (...given) => ((await policy.plan(firewall, DESIRED)) as Any).toString(...given), {}),
      ...method('connectionLimit', () => policy, { ports: [80], most: 20 }),
      ...method('portFlood', () => policy, { ports: [22], rate: '6/min' }),
      ...method('synFlood', () => policy, {}),
      ...method('icmpRate', () => policy, {}),
      ...method('portKnocking', () => policy, { port: 22, knocks: [7000] }),
      ...method('portScan', () => policy, { open: [22] }),
      ...method('smtpOut', () => policy, { users: [0] }),
      ...method('bogons', () => policy, { inInterface: 'eth0' }),
      ...method('logDrops', () => policy, {}),
      ...method('bootService', () => services, { root }),
      ...method('doctor', () => services, { ...machine, lock: {} }),
      ...method('firewalld', () => services, { root }),
      ...method('iptablesService', () => services, 'ipv4', { root }),
      ...method('installBootUnit', () => services, { root, command: ['/bin/true'] }),
      ...method('uninstallBootUnit', () => services, { root }),
      ...method('setUpBasicServer', () => services, {
        ...machine,
        lock: {},
        families: [],
        allow: [],
        dryRun: true,
        confirm: async () => false,
      }),
    };
  }
}
