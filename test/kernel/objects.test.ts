import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { Firewall, IptcError, type TableName } from '../../lib';
import { Sets } from '../../lib/sets';
import { afterAll, beforeAll, describeWith, expect, test, testWith } from '../harness';
import { Netns } from '../harness/netns';

async function failure(attempt: () => unknown): Promise<IptcError> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof IptcError) return error;
    throw error;
  }
  throw new Error('it succeeded');
}

interface Case {
  readonly table: TableName;
  readonly rule: `-${string}`;
  readonly says: RegExp;
  readonly path: string;
}
const CASES: Readonly<Record<string, Case>> = {
  'a conntrack helper that nobody knows': {
    table: 'raw',
    rule: '-p tcp -j CT --helper nosuch',
    says: /the kernel has no conntrack helper "nosuch" \(ENOENT\)$/,
    path: 'target.CT.helper',
  },
  'a conntrack helper of another protocol': {
    table: 'raw',
    rule: '-p udp -j CT --helper ftp',
    says: /the kernel has no conntrack helper "ftp"/,
    path: 'target.CT.helper',
  },
  'a timeout policy': {
    table: 'raw',
    rule: '-p tcp -j CT --timeout slow',
    says: /the kernel has no timeout policy "slow"/,
    path: 'target.CT.timeout',
  },
  'an accounting object': {
    table: 'filter',
    rule: '-p tcp -m nfacct --nfacct-name web -j ACCEPT',
    says: /the kernel has no accounting object "web"/,
    path: 'match[0].nfacct.nfacctName',
  },
  'an estimator': {
    table: 'filter',
    rule: '-p tcp -m comment --comment x -m rateest --rateest wan --rateest-gt --rateest-pps 5',
    says: /the kernel has no estimator of rates "wan"/,
    path: 'match[1].rateest.rateest',
  },
};
/** What a hint tells to run: from a program's name to the end of the sentence. */
const command = (hint = '') => /(?:nfacct|nfct|modprobe|mkdir) [^.;]+/.exec(hint)?.[0].split(' ') ?? [];

for (const family of ['ipv4', 'ipv6'] as const)
  describeWith(['netns', 'addon'], `a rule of ${family} that names`, () => {
    let netns: Netns;
    let firewall: Firewall<typeof family>;
    beforeAll(async () => {
      netns = new Netns();
      firewall = await Firewall.open({ family, namespace: netns.path, lock: false });
    });
    afterAll(async () => {
      await firewall.close();
      netns.close();
    });
    const output = (table: TableName) => firewall.table(table).chain('OUTPUT');

    for (const [what, { table, rule, says, path }] of Object.entries(CASES)) {
      test(`${what}, says that it isn't there`, async () => {
        const expected = { code: 'ERR_NO_OBJECT', message: expect.stringMatching(says), path };
        expect(await failure(() => output(table).append(rule))).toMatchObject(expected);
        expect(await failure(() => output(table).appendSync(rule))).toMatchObject(expected);
        const named = { code: 'ERR_NO_OBJECT', path };
        expect(await failure(() => output(table).appendAll(['-j ACCEPT', rule]))).toMatchObject({ ...named, index: 1 });
        const many = Array.from({ length: 1_500 }, (_, i) => (i === 1_200 ? rule : ('-p 99' as const)));
        expect(await failure(() => output(table).appendAll(many))).toMatchObject({ ...named, index: 1_200 });
        const text = `*${table}\n${many.map((each) => `-A OUTPUT ${each}\n`).join('')}COMMIT\n`;
        for (const noflush of [false, true])
          expect(await failure(() => firewall.restore(text, { noflush }))).toMatchObject({ ...named, line: 1_202 });
        const transaction = firewall.table(table).transaction((tx) => tx.chain('OUTPUT').append(rule));
        expect(await failure(() => transaction)).toMatchObject({ ...named, index: 0 });
        const [one, other] = await Promise.allSettled([output(table).append('-p 99'), output(table).append(rule)]);
        expect(one.status).toBe('fulfilled');
        expect(other).toMatchObject({ reason: expected });
      });
    }

    test('the helper of another protocol, is told the right one', async () => {
      const { hint } = await failure(() => output('raw').append('-p udp -j CT --helper ftp'));
      expect(hint).toMatch(/-p tcp/);
      await output('raw').append('-p tcp -j CT --helper ftp');
    });
    for (const what of ['a timeout policy', 'an accounting object'] as const) {
      const { table, rule } = CASES[what]!;
      const program = what === 'a timeout policy' ? 'nfct' : 'nfacct';
      testWith([program], `${what}, is told how it is made`, async () => {
        const [name = '', ...args] = command((await failure(() => output(table).append(rule))).hint);
        expect(netns.execSync(name, args)).toMatchObject({ status: 0 });
        await output(table).append(rule);
        await output(table).flush();
      });
    }
    test('an estimator, is told which rule makes it', async () => {
      const { table, rule } = CASES['an estimator']!;
      const { hint = '' } = await failure(() => output(table).append(rule));
      const making = /-j RATEEST [^.]+/.exec(hint)![0] as `-${string}`;
      await output(table).appendAll([making, rule]);
    });

    testWith(['ipset'], 'a set, is told how it is made', async () => {
      const rule = '-m set --match-set web src -j ACCEPT' as const;
      for (const each of [rule, '-j SET --add-set web src'] as const) {
        const error = await failure(() => output('filter').append(each));
        expect(error).toMatchObject({ code: 'ERR_NO_OBJECT', iptables: "Set web doesn't exist." });
        if (each !== rule) continue;
        const [program = '', ...args] = /ipset [^.]+/.exec(error.hint!)![0].split(' ');
        expect(netns.execSync(program, args)).toMatchObject({ status: 0 });
        await output('filter').append(rule);
        await output('filter').flush();
        const sets = await Sets.open({ namespace: netns.path });
        await sets.set('web').destroy(); // waits until nf_tables has let go of it
        await sets.close();
      }
    });
    test('several, tells all of them', async () => {
      const error = await failure(() =>
        output('raw').append('-p tcp -m nfacct --nfacct-name a1 -j CT --helper nosuch --timeout slow1'),
      );
      expect(error.code).toBe('ERR_NO_OBJECT');
      for (const name of ['"a1"', '"nosuch"', '"slow1"']) expect(error.message).toContain(name);
    });

    test('a control group, says that there may be none', async () => {
      const mounted = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1];
      const rule = '-m cgroup --path /iptc-test' as const;
      const { code, hint = '' } = await failure(() => output('filter').append(rule));
      expect(code).toBe('ERR_BAD_RULE');
      expect(hint).toContain('There may be no control group "/iptc-test".');
      if (mounted === undefined) return;
      const made = mkdtempSync(join(mounted, 'iptc-test-'));
      try {
        await output('filter').append(`-m cgroup --path ${made.slice(mounted.length)}`);
        await output('filter').flush();
      } finally {
        rmdirSync(made);
      }
    });
  });
