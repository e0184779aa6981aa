import { Firewall } from '../../lib';
import { MemoryBackend } from '../../lib/backend/memory/backend';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';

const COMMANDS = { ipv4: 'iptables-nft', ipv6: 'ip6tables-nft' } as const;
const withoutDates = (text: string) => text.replace(/^# (?:Generated|Completed) .*\n/gm, '');

const ADDRESS = { ipv4: '10.0.0.1', ipv6: 'fd00::1' } as const;
const rulesetOf = (family: 'ipv4' | 'ipv6') => `*raw
:PREROUTING ACCEPT [1:2]
:OUTPUT ACCEPT [0:0]
[3:4] -A PREROUTING -p udp -m udp --dport 53 -j CT --notrack
COMMIT
*filter
:INPUT DROP [5:6]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:empty - [0:0]
:web - [0:0]
[7:8] -A INPUT -i lo -j ACCEPT
[0:0] -A INPUT -s ${ADDRESS[family]} -p tcp -m tcp --dport 22:23 -m conntrack --ctstate NEW -m comment --comment "a b" -j ACCEPT
[0:0] -A INPUT ! -i eth+ -p tcp -m tcp --tcp-flags SYN,RST SYN -m limit --limit 3/min --limit-burst 7 -j web
[9:10] -A INPUT -m mark --mark 0x1/0xff -g web
[0:0] -A web -p udp -m multiport --dports 1,2,3 -j NFLOG --nflog-prefix x --nflog-group 3
[0:0] -A web -j LOG --log-prefix "web "
[0:0] -A web
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
[0:0] -A POSTROUTING -o eth0 -j MASQUERADE
COMMIT
`;

for (const family of ['ipv4', 'ipv6'] as const) {
  describeWith(['netns', 'addon', 'nft'], `tables of nf_tables (${family})`, () => {
    let netns: Netns;
    let firewall: Firewall<typeof family>;
    beforeEach(async () => {
      netns = new Netns();
      firewall = await Firewall.open({ family, namespace: netns.path, backend: 'nft' });
    });
    afterEach(async () => {
      await firewall.close();
      netns.close();
    });
    const must = (command: string, args: readonly string[], input = '') => {
      const { status, stdout, stderr } = netns.execSync(command, args, { input });
      if (status !== 0) throw new Error(stderr);
      return stdout;
    };
    const theirs = (...args: string[]) => withoutDates(must(`${COMMANDS[family]}-save`, ['-c', ...args]));
    const nft = (line: string) => must('nft', line.split(' '));
    const ip = family === 'ipv4' ? 'ip' : 'ip6';

    test('are saved as iptables-nft-save saves them', async () => {
      must(`${COMMANDS[family]}-restore`, ['-c'], rulesetOf(family));
      expect(firewall.backend).toBe('nft');
      expect(await firewall.save({ counters: true })).toBe(theirs());
      const { stdout } = netns.execSync(COMMANDS[family], ['-S']);
      const saved = await firewall.table('filter').save();
      expect(stdout.split('\n').filter((line) => line.startsWith('-A'))).toEqual(
        saved.split('\n').filter((line) => line.startsWith('-A')),
      );
    });

    test('are restored as iptables-nft-restore restores them', async () => {
      await firewall.restore(rulesetOf(family), { counters: true });
      const ours = nft('list ruleset');
      expect(theirs()).toBe(await firewall.save({ counters: true }));
      nft('flush ruleset');
      must(`${COMMANDS[family]}-restore`, ['-c'], rulesetOf(family));
      // The order of tables and chains is that of time; ip6tables-nft-restore 1.8.9 loses what rules have counted.
      const lines = (text: string) =>
        new Set((family === 'ipv4' ? text : text.replace(/packets \d+ bytes \d+/g, '')).split('\n'));
      expect(lines(ours)).toEqual(lines(nft('list ruleset')));
      // Again, on what is there.
      await firewall.restore(rulesetOf(family), { counters: true });
      expect(theirs()).toBe(await firewall.save({ counters: true }));
    });

    test('are made when they are needed, and no chain more', async () => {
      expect(await firewall.save()).toBe('');
      const state = await firewall.table('filter').state();
      expect(state.chains.map(({ name, policy }) => `${name} ${policy}`)).toEqual([
        'INPUT ACCEPT',
        'FORWARD ACCEPT',
        'OUTPUT ACCEPT',
      ]);
      await firewall.table('filter').zero();
      await firewall.table('filter').flush();
      expect(nft('list ruleset')).toBe('');
      await firewall.table('nat').chain('POSTROUTING').append('-j ACCEPT');
      expect(nft('list chains').match(/chain \w+/g)).toEqual(['chain POSTROUTING']);
      expect(firewall.loadedTables()).toEqual(['nat']);
    });

    test('name rules as nft does, wherever these move to', async () => {
      const input = firewall.table('filter').chain('INPUT');
      const handles = async () => (await firewall.table('filter').state()).chain('INPUT')!.handles;
      const shown = () =>
        Array.from(nft(`-a list chain ${ip} filter INPUT`).matchAll(/^\t\t(?!type).*# handle (\d+)$/gm), ([, handle]) =>
          Number(handle),
        );
      await input.appendAll(['-j ACCEPT', '-i lo -j ACCEPT', '-j DROP']);
      const first = await handles();
      expect(first).toEqual(shown());
      await input.insert('-j RETURN', 2);
      await input.delete(1);
      nft(`add rule ${ip} filter INPUT ct state new counter`);
      await input.append('-i lo -j DROP');
      const then = await handles();
      expect(then).toEqual(shown());
      expect(then!.slice(1, 3)).toEqual(first!.slice(1));
      expect(then).toHaveLength(5);
      const { chains } = await firewall.table('filter').state({ counters: false });
      expect(chains.map(({ length, handles }) => [length, handles?.length])).toEqual([
        [5, 5],
        [0, 0],
        [0, 0],
      ]);
      const memory = await Firewall.open({ backend: new MemoryBackend(family), lock: false });
      expect((await memory.table('filter').state()).chain('INPUT')!.handles).toBeUndefined();
    });

    test('are emptied of many rules by who has just come', async () => {
      const rules = Array.from(
        { length: 2_000 },
        (_, i) => `-p tcp -m tcp --dport ${i + 1} -m comment --comment x -j DROP`,
      );
      const input = firewall.table('filter').chain('INPUT');
      for (const empty of [
        (it: Firewall<typeof family>) => it.table('filter').chain('INPUT').flush(),
        async (it: Firewall<typeof family>) => it.table('filter').flushSync(),
        (it: Firewall<typeof family>) => it.restore('*filter\nCOMMIT\n'),
        (it: Firewall<typeof family>) => it.transaction((tx) => tx.table('filter').chain('INPUT').flush()),
      ]) {
        await input.appendAll(rules as '-'[]);
        const other = await Firewall.open({ family, namespace: netns.path, backend: 'nft' });
        await empty(other);
        expect(await other.table('filter').chain('INPUT').list()).toEqual([]);
        await other.close();
      }
    });

    test("of nft's own stay, whatever is done to ours", async () => {
      nft(`add table ${ip} filter`);
      nft(`add set ${ip} filter ports { type inet_service ; elements = { 22, 80 } ; }`);
      nft(`add chain ${ip} filter own { type filter hook input priority 5 ; }`);
      nft(`add rule ${ip} filter own tcp dport @ports counter drop`);
      nft(`add table ${ip} other`);
      nft(`add chain ${ip} other INPUT { type filter hook input priority 0 ; }`);
      const own = () => [
        nft(`list chain ${ip} filter own`),
        nft(`list set ${ip} filter ports`),
        nft(`list table ${ip} other`),
      ];
      const before = own();
      expect(firewall.foreignChains()).toEqual([{ table: 'filter', chain: 'own' }]);
      const command = family === 'ipv4' ? 'iptables' : 'ip6tables';
      for (const args of [[command, '-S'], [command, '-nL'], [`${command}-save`]]) {
        const { stdout } = netns.execSync(process.execPath, [MULTI, ...args], { env: { LIBIPTC_BACKEND: 'nft' } });
        const [said] = stdout.split('\n');
        expect(said).toMatch(/^# Table `filter' contains incompatible base-chains/);
        expect(must('xtables-nft-multi', args).split('\n')).toContain(said);
      }
      await firewall.restore(rulesetOf(family), { counters: true });
      await firewall.table('filter').flush();
      await firewall.table('filter').deleteChains();
      await firewall.restore(rulesetOf(family), { counters: true });
      expect(own()).toEqual(before);
      expect(await firewall.table('nat').save({ counters: true })).toBe(/\*nat(.|\n)*/.exec(rulesetOf(family))![0]);
    });

    test("keep rules of nft's own in their places", async () => {
      await firewall.table('filter').chain('INPUT').append('-j ACCEPT');
      nft(`insert rule ${ip} filter INPUT tcp dport { 22, 80 } counter drop`);
      nft(`add rule ${ip} filter INPUT ct state new counter`);
      const rules = () =>
        nft(`list chain ${ip} filter INPUT`)
          .match(/^.*counter.*$/gm)!
          .map((line) => line.trim());
      const before = rules();
      const input = firewall.table('filter').chain('INPUT');
      await input.insert('-j DROP', 2);
      await input.append('-j RETURN');
      await input.delete('-j ACCEPT');
      expect(rules()).toEqual([
        before[0],
        'counter packets 0 bytes 0 drop',
        before[2],
        'counter packets 0 bytes 0 return',
      ]);
      await input.delete(1);
      expect(rules()).toHaveLength(3);
      // To write it again would be to write its set again.
      const { rules: listed } = (await firewall.table('filter').state()).chain('INPUT')!;
      expect(listed[1]!.match![0]).toHaveProperty('#nft');
    });

    test('are edited by many at once, and nothing is lost', async () => {
      const others = await Promise.all(
        [1, 2, 3].map(() => Firewall.open({ family, namespace: netns.path, backend: 'nft' })),
      );
      const all = [firewall, ...others];
      const jobs = all.map(async (each, i) => {
        const input = each.table('filter').chain('INPUT');
        for (let n = 0; n < 25; n++) {
          await input.insert(`-p tcp -m tcp --dport ${100 * i + n + 1} -j ACCEPT`, 1);
          await input.append(`-p udp -m udp --dport ${100 * i + n + 1} -j ACCEPT`);
          if (n % 5 === 4) await input.delete(`-p udp -m udp --dport ${100 * i + n + 1} -j ACCEPT`);
        }
      });
      const theirWriter = (async () => {
        for (let n = 0; n < 25; n++) {
          const { status, stderr } = await netns.exec(COMMANDS[family], [
            '-A',
            'INPUT',
            '-p',
            'sctp',
            '-m',
            'mark',
            '--mark',
            `${n + 1}`,
          ]);
          if (status !== 0) throw new Error(stderr);
        }
      })();
      await Promise.all([...jobs, theirWriter]);
      const saved = await firewall.table('filter').save();
      expect(saved.match(/-p tcp/g)).toHaveLength(100);
      expect(saved.match(/-p udp/g)).toHaveLength(80);
      expect(saved.match(/-p sctp/g)).toHaveLength(25);
      await Promise.all(others.map((each) => each.close()));
    });

    test('are edited at once where others wait', async () => {
      const filter = firewall.table('filter');
      const waiting = [1, 2, 3].map((n) => filter.chain('INPUT').append(`-p tcp -m tcp --dport ${n} -j ACCEPT`));
      filter.chain('INPUT').appendSync('-j DROP');
      await Promise.all(waiting);
      filter.chain('INPUT').insertSync('-i lo -j ACCEPT', 1);
      expect(
        (await filter.state())
          .chain('INPUT')!
          .rules.map(({ inInterface, match, target }) => [inInterface, match?.length, target]),
      ).toEqual([
        ['lo', undefined, 'ACCEPT'],
        [undefined, 1, 'ACCEPT'],
        [undefined, 1, 'ACCEPT'],
        [undefined, 1, 'ACCEPT'],
        [undefined, undefined, 'DROP'],
      ]);
    });
  });
}
