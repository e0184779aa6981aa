import fc from 'fast-check';
import { Firewall } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { apply, type Change, type Own, plan } from '../../../lib/policy';
import { describe, expect, test } from '../../harness';
import { desiredOf, isMine, longest, rows, textOf } from '../../harness/rulesets';

async function open(text = '') {
  const backend = new MemoryBackend('ipv4');
  const firewall = await Firewall.open({ backend });
  if (text !== '') await firewall.restore(text);
  const filter = firewall.table('filter');
  const rulesOf = async (chain: string) =>
    (await filter.save())
      .split('\n')
      .flatMap((line) =>
        line.startsWith(`-A ${chain}`) && (line[3 + chain.length] ?? ' ') === ' ' ? [line.slice(4 + chain.length)] : [],
      );
  return { backend, firewall, filter, rulesOf };
}
const count = (changes: readonly Change[], ...edits: Change['edit'][]) =>
  changes.filter(({ edit }) => edits.includes(edit)).length;

describe('a plan of whole tables', () => {
  test('makes what is desired, by as few edits as there can be, and none again', async () => {
    await fc.assert(
      fc.asyncProperty(rows, rows, async (before, after) => {
        const { firewall } = await open(textOf(before));
        const planned = await plan(firewall, textOf(after));
        await planned.apply();
        expect(await firewall.save({ tables: ['filter'] })).toBe(
          await (await open(textOf(after))).firewall.save({ tables: ['filter'] }),
        );
        expect((await plan(firewall, textOf(after))).empty).toBe(true);
        const { changes } = planned;
        for (const chain of new Set([...Object.keys(before.chains), ...Object.keys(after.chains)])) {
          const [is, wanted] = [before.chains[chain], after.chains[chain]];
          const its = changes.filter((change) => change.chain === chain);
          expect(count(its, 'createChain')).toBe(is ? 0 : 1);
          expect(count(its, 'dropChain')).toBe(wanted ? 0 : 1);
          if (!wanted) expect(its.length).toBe(1);
          else {
            const common = longest(is ?? [], wanted);
            expect(count(its, 'delete', 'replace')).toBe((is ?? []).length - common);
            expect(count(its, 'insert', 'replace')).toBe(wanted.length - common);
          }
          expect(count(its, 'setPolicy')).toBe(before.policies[chain] === after.policies[chain] ? 0 : 1);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('keeps what rules have counted that stay', async () => {
    const { backend, firewall, filter } = await open(
      '*filter\n-A INPUT -i lo\n-A INPUT -s 10.0.0.1\n-A INPUT -s 10.0.0.2\nCOMMIT\n',
    );
    backend.count('filter', 'INPUT', 3, { packets: 5, bytes: 500 });
    backend.count('filter', 'INPUT', 'policy', { packets: 7, bytes: 700 });
    await apply(firewall, '*filter\n-A INPUT -s 10.0.0.3\n-A INPUT -s 10.0.0.2\nCOMMIT\n');
    expect(await filter.save({ counters: true })).toContain(
      ':INPUT ACCEPT [7:700]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n[0:0] -A INPUT -s 10.0.0.3/32\n[5:500] -A INPUT -s 10.0.0.2/32\n',
    );
  });
  test('commits once a table, and not at all where nothing changes', async () => {
    const { firewall } = await open();
    const desired = {
      filter: { INPUT: { policy: 'DROP', rules: ['-i lo -j ACCEPT'] }, web: { rules: ['-j DROP'] } },
      nat: { POSTROUTING: { rules: ['-o eth0 -j MASQUERADE'] } },
      raw: {},
    } as const;
    expect((await apply(firewall, desired)).changes.length).toBe(5);
    expect(firewall.metrics.commits).toBe(2);
    expect((await apply(firewall, desired)).empty).toBe(true);
    expect(firewall.metrics.commits).toBe(2);
  });
  test('leaves tables and policies that are not desired as they are', async () => {
    const { firewall } = await open('*filter\n:INPUT DROP [0:0]\nCOMMIT\n*nat\n-A OUTPUT\nCOMMIT\n');
    await apply(firewall, { filter: { OUTPUT: { rules: ['-j ACCEPT'] } } });
    expect(await firewall.save({ tables: ['filter', 'nat'] })).toMatch(
      /:INPUT DROP[\s\S]*-A OUTPUT -j ACCEPT[\s\S]*\*nat[\s\S]*-A OUTPUT\n/,
    );
  });
  test('knows a rule in an older revision for the same', async () => {
    const backend = new MemoryBackend('ipv4', { revisions: { match: { conntrack: [1, 2] }, target: {} } });
    const before = await Firewall.open({ backend });
    await before.restore('*filter\n-A INPUT -m conntrack --ctstate NEW\nCOMMIT\n');
    const { firewall } = await open();
    await firewall.table('filter').restoreState(await before.table('filter').state());
    expect((await plan(firewall, '*filter\n-A INPUT -m conntrack --ctstate NEW\nCOMMIT\n')).empty).toBe(true);
    expect(
      (await plan(firewall, '*filter\n-A INPUT -m conntrack --ctstate NEW\n-A INPUT\nCOMMIT\n')).changes,
    ).toMatchObject([{ edit: 'insert', position: 2 }]);
  });
  test.each([
    ['-m helper --helper ftp', '-m helper --helper sip'],
    ['-m connlabel --label "1"', '-m connlabel --label "2"'],
  ])("tells rules apart that are deleted by each other's words: %s, %s", async (before, after) => {
    const { firewall, rulesOf } = await open(`*filter\n-A INPUT ${before}\nCOMMIT\n`);
    const desired = `*filter\n-A INPUT ${after}\n-A INPUT -i lo\nCOMMIT\n`;
    const planned = await plan(firewall, desired);
    expect(count(planned.changes, 'replace', 'insert')).toBe(2);
    await firewall.restore(`*filter\n-A INPUT ${after}\nCOMMIT\n`);
    await expect(planned.apply()).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
    await apply(firewall, desired);
    expect(await rulesOf('INPUT')).toEqual([after, '-i lo']);
  });
  test('refuses what there cannot be, with its place', async () => {
    const { firewall } = await open();
    await expect(plan(firewall, '*filter\n-A INPUT -j nowhere\nCOMMIT\n')).rejects.toMatchObject({ line: 2 });
    await expect(plan(firewall, { filter: { INPUT: { rules: ['-s 1.2.3.4.5'] } } })).rejects.toMatchObject({
      code: 'ERR_BAD_RULE',
      chain: 'INPUT',
    });
    await expect(plan(firewall, { filtre: {} } as never)).rejects.toMatchObject({
      code: 'ERR_BAD_ARGUMENT',
      message: /filtre/,
    });
  });
  test('refuses a policy where there is none', async () => {
    const { firewall } = await open();
    const desired = { filter: { web: { policy: 'DROP', rules: ['-i lo -j ACCEPT'] } } } as const;
    await expect(plan(firewall, desired)).rejects.toMatchObject({
      code: 'ERR_BAD_CHAIN',
      chain: 'web',
      message: expect.stringContaining('only built-in chains have one'),
      hint: expect.stringContaining('-j DROP'),
    });
  });
  test('may be of chains that lead to each other, of any names, and comes and goes', async () => {
    const { firewall, rulesOf, filter } = await open('*filter\n-A INPUT -i lo\nCOMMIT\n');
    const odd = '__proto__';
    const chains = {
      INPUT: { rules: ['-i lo', `-j ${odd}`, '-i lo', '-i lo'] },
      [odd]: { rules: ['-j constructor', '-g über'] },
      constructor: { rules: [{ target: 'über' }, '-m comment --comment "a*\\"b\\\\cé😀"'] },
      über: {},
    };
    const desired = { filter: chains } as never;
    const made = await apply(firewall, desired);
    expect(count(made.changes, 'createChain')).toBe(3);
    expect((await apply(firewall, desired)).empty).toBe(true);
    expect(await rulesOf('INPUT')).toEqual(['-i lo', `-j ${odd}`, '-i lo', '-i lo']);
    expect(`${await plan(firewall, { filter: {} })}`).toContain('-:über -\n');
    await apply(firewall, { filter: { ...chains, constructor: {}, über: { rules: ['-j constructor'] } } } as never);
    expect(await rulesOf('über')).toEqual(['-j constructor']);
    await apply(firewall, { filter: {} });
    expect((await filter.state()).chains.map(({ name }) => name)).toEqual(['INPUT', 'FORWARD', 'OUTPUT']);
  });
  test('is made once', async () => {
    const { firewall } = await open();
    const planned = await plan(firewall, { filter: { INPUT: { rules: ['-j DROP'] } } });
    await planned.apply();
    await expect(planned.apply()).rejects.toMatchObject({
      code: 'ERR_CONFLICT',
      message: 'Cannot apply the plan to table filter: it has been changed since that was made',
    });
  });
  test('that is overtaken is refused, and made anew by apply()', async () => {
    const { firewall, backend, rulesOf } = await open('*filter\n-A INPUT -i lo\nCOMMIT\n');
    const rival = await Firewall.open({ backend });
    const planned = await plan(firewall, '*filter\n-A INPUT -s 10.0.0.1/32\nCOMMIT\n');
    await rival.table('filter').chain('INPUT').append('-j DROP');
    await expect(planned.apply()).rejects.toMatchObject({ code: 'ERR_CONFLICT', table: 'filter' });
    await apply(firewall, '*filter\n-A INPUT -s 10.0.0.1/32\nCOMMIT\n');
    expect(await rulesOf('INPUT')).toEqual(['-s 10.0.0.1/32']);
  });
});

describe('a plan of what is owned', () => {
  const owns: Own[] = [
    { chains: 'app-*' },
    { chains: ['app-a', 'app-b'], place: 'last' },
    { comment: 'app*' },
    { comment: 'app*', place: 'first' },
    { comment: ['app', 'app two'], place: 'last' },
  ];
  test.each(owns)('%j changes that alone, and all of it', async (own) => {
    await fc.assert(
      fc.asyncProperty(rows, rows, async (before, after) => {
        const { firewall, filter, rulesOf } = await open(textOf(before));
        const desired = desiredOf(own, after);
        const text = textOf(desired).replace(/:(INPUT|OUTPUT) - \[0:0\]\n/g, '');
        const planned = await plan(firewall, text, { own });
        await planned.apply();
        expect((await plan(firewall, text, { own })).toString()).toBe('');
        for (const { name, policy } of (await filter.state()).chains) {
          const now = await rulesOf(name);
          const was = before.chains[name] ?? [];
          expect(now.filter((rule) => !isMine(own, name, rule))).toEqual(
            was.filter((rule) => !isMine(own, name, rule)),
          );
          expect(now.filter((rule) => isMine(own, name, rule))).toEqual(desired.chains[name] ?? []);
          expect(policy ?? 'ACCEPT').toBe(before.policies[name] ?? 'ACCEPT');
          const place = (own as { place?: string }).place ?? ('chains' in (own as object) ? 'first' : undefined);
          const mine = now.map((rule) => isMine(own, name, rule));
          if (place === 'first') expect(mine).toEqual([...mine].sort((a, b) => Number(b) - Number(a)));
          if (place === 'last') expect(mine).toEqual([...mine].sort((a, b) => Number(a) - Number(b)));
        }
        const left = planned.leftAlone.find(({ chain }) => chain === 'INPUT')?.rules ?? 0;
        expect(left).toBe(before.chains.INPUT!.filter((rule) => !isMine(own, 'INPUT', rule)).length);
      }),
      { numRuns: 150 },
    );
  });

  test('sets the policy of a built-in chain that is owned by its name', async () => {
    const { firewall, filter } = await open('*filter\n-A INPUT -i lo -j ACCEPT\n-A OUTPUT -j ACCEPT\nCOMMIT\n');
    const own = { chains: 'INPUT' } as const;
    const desired = { filter: { INPUT: { policy: 'DROP', rules: ['-i lo -j ACCEPT'] } } } as const;
    expect((await apply(firewall, desired, { own })).changes).toMatchObject([{ edit: 'setPolicy', policy: 'DROP' }]);
    expect(await filter.save()).toMatch(
      /:INPUT DROP .*\n:FORWARD ACCEPT .*\n:OUTPUT ACCEPT .*\n.*INPUT -i lo.*\n.*OUTPUT -j/,
    );
    expect((await plan(firewall, desired, { own })).leftAlone.map(({ chain }) => chain)).toEqual(['OUTPUT']);
  });
  test('by a pattern is what a star stands for, in little time', async () => {
    const rules = ['web', 'web-a', 'web-a-b', 'a-web', 'wb', 'w.b', 'webweb', 'web*'];
    const text = `*filter\n${rules.map((each) => `-A INPUT -m comment --comment "${each}"\n`).join('')}COMMIT\n`;
    const owned = async (comment: string | string[]) => {
      const { firewall, rulesOf } = await open(text);
      await apply(firewall, { filter: {} }, { own: { comment } });
      const left = (await rulesOf('INPUT')).join();
      return rules.filter((each) => !new RegExp(`--comment "?${each.replace(/[.*]/g, '\\$&')}"?(,|$)`).test(left));
    };
    expect(await owned('web')).toEqual(['web']);
    expect(await owned('web*')).toEqual(['web', 'web-a', 'web-a-b', 'webweb', 'web*']);
    expect(await owned('*web')).toEqual(['web', 'a-web', 'webweb']);
    expect(await owned('web*web')).toEqual(['webweb']);
    expect(await owned('w*b')).toEqual(['web', 'web-a-b', 'wb', 'w.b', 'webweb']);
    expect(await owned('w.b')).toEqual(['w.b']);
    expect(await owned('*-*-*')).toEqual(['web-a-b']);
    expect(await owned(['wb', '*'])).toEqual(rules);
    const { firewall } = await open(`*filter\n-A INPUT -m comment --comment "${'a'.repeat(255)}"\nCOMMIT\n`);
    const slow = { comment: `${'a*'.repeat(100)}b` };
    expect((await plan(firewall, { filter: {} }, { own: slow })).empty).toBe(true);
  });

  const BEFORE =
    '*filter\n:web - [0:0]\n:theirs - [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j web\n-A INPUT -j DROP\n-A theirs -j ACCEPT\nCOMMIT\n';
  test('keeps a hook before a given rule, and moves it there', async () => {
    const { firewall, rulesOf } = await open(BEFORE);
    const own = { chains: 'web', place: { before: '-j DROP' } } as const;
    const desired = { filter: { web: { rules: ['-j theirs'] }, INPUT: { rules: ['-p tcp -j web'] } } } as const;
    expect((await apply(firewall, desired, { own })).changes.map(({ edit }) => edit)).toEqual(['replace', 'insert']);
    expect(await rulesOf('INPUT')).toEqual(['-i lo -j ACCEPT', '-p tcp -j web', '-j DROP']);
    const first = { chains: 'web', place: { before: '-i lo -j ACCEPT' } } as const;
    await apply(firewall, desired, { own: first });
    expect(await rulesOf('INPUT')).toEqual(['-p tcp -j web', '-i lo -j ACCEPT', '-j DROP']);
    const nowhere = plan(firewall, desired, { own: { chains: 'web', place: { before: '-j RETURN' } } });
    await expect(nowhere).rejects.toMatchObject({ code: 'ERR_NO_RULE', chain: 'INPUT' });
  });
  test('drops chains that are not desired any more, with their hooks', async () => {
    const { firewall, filter, rulesOf } = await open(BEFORE);
    const planned = await apply(firewall, { filter: {} }, { own: { chains: 'web' } });
    expect(planned.changes).toEqual([
      { edit: 'delete', family: 'ipv4', table: 'filter', chain: 'INPUT', position: 2, rule: { target: 'web' } },
      { edit: 'dropChain', family: 'ipv4', table: 'filter', chain: 'web', rules: 0 },
    ]);
    expect(await rulesOf('INPUT')).toEqual(['-i lo -j ACCEPT', '-j DROP']);
    expect((await filter.state()).chain('web')).toBe(undefined);
  });
  test('refuses what is desired and not owned', async () => {
    const { firewall } = await open(BEFORE);
    const wrong = plan(firewall, { filter: { INPUT: { rules: ['-j ACCEPT'] } } }, { own: { chains: 'web' } });
    await expect(wrong).rejects.toMatchObject({
      code: 'ERR_BAD_ARGUMENT',
      chain: 'INPUT',
      message: /-A INPUT -j ACCEPT/,
    });
    const untagged = plan(firewall, { filter: { INPUT: { rules: ['-j ACCEPT'] } } }, { own: { comment: 'mine' } });
    await expect(untagged).rejects.toMatchObject({
      code: 'ERR_BAD_ARGUMENT',
      hint: expect.stringContaining('comment'),
    });
  });
  test('says what it leaves alone, policies too', async () => {
    const { firewall } = await open(BEFORE);
    const planned = await plan(firewall, '*filter\n:INPUT DROP [0:0]\n:web - [0:0]\n-A INPUT -j web\nCOMMIT\n', {
      own: { chains: 'web' },
    });
    expect(planned.leftAlone).toEqual([
      { family: 'ipv4', table: 'filter', chain: 'INPUT', rules: 2, policy: 'ACCEPT' },
      { family: 'ipv4', table: 'filter', chain: 'theirs', rules: 1 },
    ]);
  });
});

describe('a plan as text and as data', () => {
  const lines = Array.from({ length: 12 }, (_, i) => `-A INPUT -s 10.0.0.${i}/32`);
  const table = (rules: readonly string[], policy = 'ACCEPT') =>
    `*filter\n:INPUT ${policy} [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
  test('shows what goes and comes, with some lines around it', async () => {
    const { firewall } = await open(table(lines));
    const after = lines.filter((_, i) => i !== 4).concat('-A INPUT -j DROP');
    const planned = await plan(firewall, table(after, 'DROP'));
    expect(planned.toString({ context: 1 })).toBe(
      [
        '*filter',
        '-:INPUT ACCEPT',
        '+:INPUT DROP',
        ` ${lines[3]}`,
        `-${lines[4]}`,
        ` ${lines[5]}`,
        ` ${lines[11]}`,
        '+-A INPUT -j DROP',
        '',
      ].join('\n'),
    );
    expect(
      planned
        .toString({ context: 0 })
        .split('\n')
        .filter((line) => line.startsWith(' ')),
    ).toEqual([]);
    expect(
      planned
        .toString()
        .split('\n')
        .filter((line) => line.startsWith(' ')).length,
    ).toBe(9);
    expect(JSON.parse(JSON.stringify(planned))).toEqual({
      changes: [
        { edit: 'setPolicy', family: 'ipv4', table: 'filter', chain: 'INPUT', was: 'ACCEPT', policy: 'DROP' },
        { edit: 'delete', family: 'ipv4', table: 'filter', chain: 'INPUT', position: 5, rule: { source: '10.0.0.4' } },
        { edit: 'insert', family: 'ipv4', table: 'filter', chain: 'INPUT', position: 12, rule: { target: 'DROP' } },
      ],
      leftAlone: [],
    });
  });
  test('of nothing is empty', async () => {
    const { firewall } = await open(table(lines));
    const planned = await plan(firewall, Buffer.from(table(lines)));
    expect([planned.empty, planned.toString(), planned.changes]).toEqual([true, '', []]);
  });
});

describe('a plan of both families', () => {
  const openBoth = () =>
    Firewall.openBoth({ backend: { ipv4: new MemoryBackend('ipv4'), ipv6: new MemoryBackend('ipv6') } });
  test('says in each what it is there', async () => {
    const firewall = await openBoth();
    const desired = {
      filter: {
        web: {
          rules: [
            '-s 192.0.2.1 -j ACCEPT',
            { source: ['192.0.2.2', '2001:db8::2'], target: 'ACCEPT' },
            '-j REJECT --reject-with icmp-host-prohibited',
          ],
        },
        INPUT: { policy: 'DROP', rules: ['-p icmp -j ACCEPT', '-j web'] },
      },
    } as const;
    const planned = await plan(firewall, desired);
    expect(planned.toString({ context: 0 })).toBe(`# IPv4
*filter
-:INPUT ACCEPT
+:INPUT DROP
+:web -
+-A INPUT -p icmp -j ACCEPT
+-A INPUT -j web
+-A web -s 192.0.2.1/32 -j ACCEPT
+-A web -s 192.0.2.2/32 -j ACCEPT
+-A web -j REJECT --reject-with icmp-host-prohibited
# IPv6
*filter
-:INPUT ACCEPT
+:INPUT DROP
+:web -
+-A INPUT -p ipv6-icmp -j ACCEPT
+-A INPUT -j web
+-A web -s 2001:db8::2/128 -j ACCEPT
+-A web -j REJECT --reject-with icmp6-adm-prohibited
`);
    await planned.apply();
    expect((await apply(firewall, desired)).empty).toBe(true);
    const change = await apply(
      firewall,
      { filter: { OUTPUT: { rules: ['-j ACCEPT'] } } },
      { guard: { confirmWithin: 60_000, force: true } },
    );
    await change.revert();
    expect((await plan(firewall, desired)).empty).toBe(true);
  });
  test('keeps hooks before a rule that each family says in its way', async () => {
    const firewall = await openBoth();
    const input = firewall.both.table('filter').chain('INPUT');
    await input.appendAll(['-i lo', '-j REJECT --reject-with icmp-host-prohibited']);
    const own = { chains: 'web', place: { before: '-j REJECT --reject-with icmp-host-prohibited' } } as const;
    await apply(firewall, { filter: { web: {}, INPUT: { rules: ['-j web'] } } }, { own });
    const saved = await Promise.all([firewall.ipv4.save(), firewall.ipv6.save()]);
    const targets = saved.map((text) =>
      [...text.matchAll(/^-A INPUT.*?(?: -j (\S+))?(?: --reject.*)?$/gm)].map(([, target]) => target),
    );
    expect(targets).toEqual([
      [undefined, 'web', 'REJECT'],
      [undefined, 'web', 'REJECT'],
    ]);
    const elsewhere = { chains: 'web', place: { before: '-s 192.0.2.1 -j DROP' } } as const;
    await expect(
      plan(firewall, { filter: { web: {}, INPUT: { rules: ['-j web'] } } }, { own: elsewhere }),
    ).rejects.toThrow();
  });
  test('says which rule is none', async () => {
    const firewall = await openBoth();
    for (const rules of [
      ['-i lo', '-s 1.2.3.4.5'],
      ['-i lo', '-s 10.0.0.1 -d fd00::1'],
    ])
      await expect(plan(firewall, { filter: { INPUT: { rules: rules as '-'[] } } })).rejects.toMatchObject({
        code: 'ERR_BAD_RULE',
        table: 'filter',
        chain: 'INPUT',
        index: 1,
      });
  });
  test('may be of each by itself', async () => {
    const firewall = await openBoth();
    const desired = {
      ipv4: '*filter\n-A INPUT -s 10.0.0.1/32\nCOMMIT\n',
      ipv6: { filter: { INPUT: { rules: ['-s fd00::1'] } } },
    } as const;
    expect((await apply(firewall, desired)).changes.map(({ family, edit }) => [family, edit])).toEqual([
      ['ipv4', 'insert'],
      ['ipv6', 'insert'],
    ]);
    expect((await plan(firewall, { ipv6: { filter: {} } })).changes).toMatchObject([
      { family: 'ipv6', edit: 'delete' },
    ]);
    await expect(plan(firewall, '*filter\nCOMMIT\n' as never)).rejects.toMatchObject({ code: 'ERR_BAD_ARGUMENT' });
  });
});

describe('a plan that is made or applied', () => {
  const desired = { filter: { INPUT: { rules: ['-j DROP'] } } } as const;
  const open = () => Firewall.open({ backend: new MemoryBackend('ipv4', { delay: 5 }) });

  test('gives up by its signal, with nothing changed', async () => {
    const firewall = await open();
    const signal = AbortSignal.abort(new Error('enough'));
    const aborted = { code: 'ERR_ABORTED', applied: 'no', cause: new Error('enough') };
    await expect(plan(firewall, desired, { signal })).rejects.toMatchObject(aborted);
    await expect(apply(firewall, desired, { signal })).rejects.toMatchObject(aborted);
    const changes = await plan(firewall, desired);
    await expect(changes.apply({ signal })).rejects.toMatchObject(aborted);
    expect(await firewall.table('filter').chain('INPUT').list()).toEqual([]);
    await firewall.close();
  });
  test('waits for the lock as long as it is told', async () => {
    const backend = new MemoryBackend('ipv4');
    const waits: number[] = [];
    const lock = backend.lock.bind(backend);
    backend.lock = (table, options) => {
      waits.push(options.wait);
      return lock(table, options);
    };
    const firewall = await Firewall.open({ backend });
    await apply(firewall, desired, { wait: 20 });
    await (await plan(firewall, { filter: {} })).apply({ wait: 30 });
    expect(waits).toEqual([20, 30]);
    await firewall.close();
  });
});
