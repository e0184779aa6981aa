import { Firewall, type WideRule } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';

async function open(rules = '') {
  const backend = new MemoryBackend('ipv4');
  const firewall = await Firewall.open({ backend });
  if (rules !== '') await firewall.restore(`*filter\n${rules}\nCOMMIT\n`);
  const filter = firewall.table('filter');
  const lines = async () =>
    (await filter.save())
      .split('\n')
      .filter((line) => line.startsWith('-A') || / - /.test(line))
      .map((line) => line.replace(/ \[0:0\]$/, ''));
  return { backend, firewall, filter, input: filter.chain('INPUT'), lines };
}

describe('ensure', () => {
  test('adds a rule once', async () => {
    const { firewall, input, lines } = await open();
    expect(await input.ensure('-s 192.0.2.1 -j DROP')).toBe(true);
    expect(await input.ensure({ source: '192.0.2.1/32', target: 'DROP' })).toBe(false);
    expect(await lines()).toEqual(['-A INPUT -s 192.0.2.1/32 -j DROP']);
    expect(firewall.metrics.commits).toBe(1);
  });
  test('puts it where it is told, and leaves one that is there where it is', async () => {
    const { input, lines } = await open('-A INPUT -i lo -j ACCEPT\n-A INPUT -j DROP');
    expect(await input.ensure('-p tcp -j ACCEPT', { position: 2 })).toBe(true);
    expect(await input.ensure('-j DROP', { position: 1 })).toBe(false);
    expect(await lines()).toEqual(['-A INPUT -i lo -j ACCEPT', '-A INPUT -p tcp -j ACCEPT', '-A INPUT -j DROP']);
  });
  test('makes all the rules that one stands for, in their order, those that are missing', async () => {
    const { input, lines } = await open('-A INPUT -s 10.0.0.2/32 -j DROP');
    const rule: WideRule<'ipv4', 'DROP'> = { source: ['10.0.0.1', '10.0.0.2', '10.0.0.3'], target: 'DROP' };
    expect(await input.ensure(rule, { position: 1 })).toBe(true);
    expect(await lines()).toEqual([1, 3, 2].map((n) => `-A INPUT -s 10.0.0.${n}/32 -j DROP`));
    expect(await input.ensure('-s 10.0.0.1,10.0.0.2,10.0.0.3 -j DROP')).toBe(false);
  });
  test('shares a commit with others that are issued with it, each of which settles for itself', async () => {
    const { firewall, input, filter, lines } = await open();
    const results = await Promise.allSettled([
      input.ensure('-s 10.0.0.1 -j DROP'),
      filter.chain('nowhere').ensure('-j DROP'),
      input.ensure('-s 10.0.0.1 -j DROP'),
      filter.ensureChain('web', { hook: { chain: 'OUTPUT' } }),
    ]);
    expect(results).toMatchObject(
      [
        { value: true },
        { reason: { code: 'ERR_NO_CHAIN', chain: 'nowhere', message: /^Cannot ensure a rule of chain nowhere/ } },
        { value: false },
        { value: true },
      ].map((each) =>
        'reason' in each ? { reason: { ...each.reason, message: expect.stringMatching(each.reason!.message) } } : each,
      ),
    );
    expect(firewall.metrics.commits).toBe(1);
    expect(await lines()).toEqual([':web -', '-A INPUT -s 10.0.0.1/32 -j DROP', '-A OUTPUT -j web']);
  });
  test('has its turn among edits, in the order in which they were issued', async () => {
    const { input, lines } = await open();
    await Promise.all([
      input.ensure('-s 10.0.0.1 -j DROP'),
      input.append('-s 10.0.0.2 -j DROP'),
      input.ensure('-s 10.0.0.3 -j DROP'),
      input.flush(),
      input.ensure('-s 10.0.0.4 -j DROP'),
    ]);
    expect(await lines()).toEqual(['-A INPUT -s 10.0.0.4/32 -j DROP']);
  });
  test('of which the kernel refuses one makes the others', async () => {
    const { backend, input, lines } = await open();
    backend.failNext('commit', 'ERR_UNSUPPORTED_BY_KERNEL'); // the three of them together
    backend.failNext('commit', 'ERR_UNSUPPORTED_BY_KERNEL'); // the first
    const results = await Promise.allSettled([1, 2, 3].map((n) => input.ensure(`-s 10.0.0.${n} -j DROP`)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(await lines()).toEqual([2, 3].map((n) => `-A INPUT -s 10.0.0.${n}/32 -j DROP`));
  });
  test('refuses what is no rule before anything is begun', async () => {
    const { firewall, input } = await open();
    await expect(input.ensure('-s 10.0.0.300')).rejects.toMatchObject({ code: 'ERR_BAD_RULE' });
    await expect(input.ensure('-j DROP', { position: 0 })).rejects.toMatchObject({ code: 'ERR_BAD_ARGUMENT' });
    await expect(input.ensure('-j DROP', { position: 3 })).rejects.toMatchObject({ code: 'ERR_NO_RULE' });
    expect(firewall.metrics.commits).toBe(0);
  });
  test('is refused in a transaction on its table, but not on the transaction itself', async () => {
    const { filter, input, lines } = await open();
    await filter.transaction(async (tx) => {
      await expect(input.ensure('-j DROP')).rejects.toMatchObject({ code: 'ERR_DEADLOCK' });
      expect(await tx.ensureChain('web', { hook: { chain: 'INPUT' } })).toBe(true);
      expect(await tx.chain('web').ensure('-j DROP')).toBe(true);
      expect(await tx.chain('web').remove('-j DROP')).toBe(true);
    });
    expect(await lines()).toEqual([':web -', '-A INPUT -j web']);
  });
});

describe('remove', () => {
  test('deletes all copies, and takes none for as good', async () => {
    const { input, lines } = await open('-A INPUT -j DROP\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j DROP');
    expect(await input.remove('-j DROP')).toBe(true);
    expect(await input.remove('-j DROP')).toBe(false);
    expect(await lines()).toEqual(['-A INPUT -i lo -j ACCEPT']);
  });
  test('deletes all that a rule stands for', async () => {
    const { input, lines } = await open(
      '-A INPUT -s 10.0.0.1 -j DROP\n-A INPUT -s 10.0.0.2 -j DROP\n-A INPUT -s 10.0.0.3 -j DROP',
    );
    expect(await input.remove({ source: ['10.0.0.1', '10.0.0.3'], target: 'DROP' })).toBe(true);
    expect(await lines()).toEqual(['-A INPUT -s 10.0.0.2/32 -j DROP']);
  });
});

describe('ensureChain and dropChain', () => {
  test('make a chain and its hook, and take both back', async () => {
    const { filter, lines } = await open('-A INPUT -i lo -j ACCEPT');
    const hook = { chain: 'INPUT', rule: '-p tcp --dport 80', position: 1 } as const;
    expect(await filter.ensureChain('web', { hook })).toBe(true);
    expect(await filter.ensureChain('web', { hook })).toBe(false);
    await filter.chain('web').append('-j DROP');
    await filter.chain('FORWARD').append({ target: { goto: 'web' } });
    expect(await lines()).toEqual([
      ':web -',
      '-A INPUT -p tcp -m tcp --dport 80 -j web',
      '-A INPUT -i lo -j ACCEPT',
      '-A FORWARD -g web',
      '-A web -j DROP',
    ]);
    expect(await filter.dropChain('web')).toBe(true);
    expect(await filter.dropChain('web')).toBe(false);
    expect(await lines()).toEqual(['-A INPUT -i lo -j ACCEPT']);
  });
  test('mend what is missing of them', async () => {
    const { filter, lines } = await open(':web - [0:0]');
    expect(await filter.ensureChain('web', { hook: { chain: 'INPUT' } })).toBe(true);
    expect(await lines()).toEqual([':web -', '-A INPUT -j web']);
  });
  test('leave nothing of a chain whose hook fails', async () => {
    const { filter, lines } = await open();
    const failing = filter.ensureChain('web', { hook: { chain: 'nowhere' } });
    await expect(failing).rejects.toMatchObject({ code: 'ERR_NO_CHAIN' });
    expect(await lines()).toEqual([]);
  });
  test('refuse a hook that leads elsewhere, and chains that are built in', async () => {
    const { filter } = await open();
    const elsewhere = filter.ensureChain('web', { hook: { chain: 'INPUT', rule: '-j DROP' } });
    await expect(elsewhere).rejects.toMatchObject({ code: 'ERR_BAD_ARGUMENT', path: 'hook.rule.target' });
    await expect(filter.dropChain('INPUT')).rejects.toMatchObject({ code: 'ERR_BAD_CHAIN', chain: 'INPUT' });
    await expect(filter.ensureChain('-x')).rejects.toMatchObject({ code: 'ERR_BAD_CHAIN' });
  });
});
