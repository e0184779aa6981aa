import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { Firewall } from '../../lib';
import { loadAddon, type NativeNetlinkAnswer } from '../../lib/backend/addon';
import { type Ask, Jobs } from '../../lib/backend/nft/jobs';
import { LITTLE } from '../../lib/net/endian';
import { NFNL_SUBSYS, NLMSG } from '../../lib/netlink/constants';
import { Messages, NLMSG_HDRLEN } from '../../lib/netlink/messages';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { nft } from '../harness/netlink';

describeWith(['netns', 'addon', 'nft'], 'a commit to nf_tables', () => {
  let firewall: Firewall<'ipv4'>;
  beforeEach(async () => {
    firewall = await Firewall.open({ backend: 'nft', namespace: 'new' });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await firewall.close();
  });
  /** What becomes of the next batch. */
  const next = (batch: (send: () => Promise<NativeNetlinkAnswer>) => Promise<NativeNetlinkAnswer>) => {
    type Asking = { ask(ask: Ask): Promise<NativeNetlinkAnswer> };
    const prototype = Jobs.prototype as unknown as Asking;
    const { ask } = prototype;
    const spy = vi.spyOn(prototype, 'ask').mockImplementation(function (this: Asking, asked) {
      if (!('batch' in asked)) return ask.call(this, asked);
      spy.mockRestore();
      return batch(() => ask.call(this, asked));
    });
  };
  const LOST = { messages: new ArrayBuffer(0), interrupted: false, lost: true } as const;

  test('of which the answer is lost may have been made, and is told so', async () => {
    const input = firewall.table('filter').chain('INPUT');
    next(async (send) => {
      await send();
      return LOST;
    });
    await expect(input.append('-p 1')).rejects.toMatchObject({ code: 'ERR_KERNEL', applied: 'unknown' });
    expect(await input.list()).toHaveLength(1);
    next(async () => LOST);
    await expect(input.append('-p 2')).rejects.toMatchObject({
      code: 'ERR_KERNEL',
      applied: 'no',
      hint: expect.stringContaining('net.core.rmem_max'),
    });
    await input.append('-p 3');
    expect(await input.list()).toHaveLength(2);
  });

  test('of whose answer a part is lost has been made', async () => {
    const input = firewall.table('filter').chain('INPUT');
    await input.append('-p 1');
    next(async (send) => {
      const { messages: all } = await send();
      const messages = new Messages(all);
      messages.next();
      return { messages: all.slice(0, messages.end), interrupted: false, lost: true };
    });
    await input.appendAll(['-p 2', '-p 3']);
    await input.insert('-p 4', 3);
    expect((await input.list()).map(({ protocol }) => protocol)).toEqual(['icmp', 'igmp', 'ipencap', 'ggp']);
  });

  /** What becomes of the next request. */
  const nextRead = (change: (answer: NativeNetlinkAnswer) => NativeNetlinkAnswer, times = 1) => {
    type Asking = {
      ask(ask: Ask): Promise<NativeNetlinkAnswer>;
      askNow(ask: Ask): NativeNetlinkAnswer;
    };
    const prototype = Jobs.prototype as unknown as Asking;
    const { ask, askNow } = prototype;
    let left = times;
    const next = (asked: Ask, answer: NativeNetlinkAnswer) =>
      'request' in asked && left-- > 0 ? change(answer) : answer;
    vi.spyOn(prototype, 'ask').mockImplementation(async function (this: Asking, asked) {
      return next(asked, await ask.call(this, asked));
    });
    vi.spyOn(prototype, 'askNow').mockImplementation(function (this: Asking, asked) {
      return next(asked, askNow.call(this, asked));
    });
    return () => left;
  };
  /** As a dump ends during which somebody has changed something: some of it is missing. */
  const interrupted = (answer: NativeNetlinkAnswer): NativeNetlinkAnswer => {
    const kept: Uint8Array[] = [];
    for (const m = new Messages(answer.messages); m.next(); )
      if (m.type === nft('NEWGEN') || m.type === NLMSG.ERROR || m.type === NLMSG.DONE)
        kept.push(m.bytes.subarray(m.start - NLMSG_HDRLEN, m.end));
    return { ...answer, messages: Uint8Array.from(Buffer.concat(kept)).buffer, interrupted: true };
  };
  const reads: readonly (readonly [string, () => unknown])[] = [
    ['loadedTables', () => firewall.loadedTables()],
    ['save', () => firewall.table('filter').save()],
    ['state', async () => (await firewall.table('filter').state()).save()],
    ['list', () => firewall.table('filter').chain('INPUT').list()],
    ['listSync', () => firewall.table('filter').chain('INPUT').listSync()],
    ['foreignChains', () => firewall.foreignChains()],
  ];
  for (const [name, read] of reads) {
    test(`${name} asks again where the dump was interrupted`, async () => {
      await firewall.table('filter').chain('INPUT').append('-p 1');
      const whole = await read();
      const left = nextRead(interrupted, 3);
      expect(await read()).toEqual(whole);
      expect(left()).toBeLessThanOrEqual(0);
    });
    test(`${name} says so where an answer is lost, and goes on`, async () => {
      await firewall.table('filter').chain('INPUT').append('-p 1');
      const whole = await read();
      nextRead((answer) => ({ ...answer, lost: true }));
      await expect((async () => read())()).rejects.toMatchObject({
        code: 'ERR_KERNEL',
        message: expect.stringContaining('the answer was larger than the socket takes'),
        hint: expect.stringContaining('net.core.rmem_max'),
      });
      expect(await read()).toEqual(whole);
    });
  }
  test('what is never told whole is given up with a sentence', () => {
    nextRead(interrupted, Number.POSITIVE_INFINITY);
    for (const read of [() => firewall.loadedTables(), () => firewall.foreignChains()])
      expect(read).toThrow(
        expect.objectContaining({
          code: 'ERR_CONFLICT',
          message: expect.stringContaining('other programs change the ruleset as often as it is read'),
        }),
      );
  });
  test('an edit is made of a whole dump', async () => {
    const input = firewall.table('filter').chain('INPUT');
    await input.appendAll(['-p 1', '-p 2', '-p 3']);
    const other = await Firewall.open({ backend: 'nft', namespace: firewall.namespace });
    nextRead(interrupted, 2);
    await other.table('filter').chain('INPUT').delete('-p 2');
    await other.close();
    expect(await input.list()).toHaveLength(2);
  });

  test('without nft_compat what it takes is made, and the rest says what to load', async () => {
    const addon = loadAddon();
    class WithoutCompat extends addon.Netlink {
      override requestSync(message: Uint8Array): NativeNetlinkAnswer {
        if (message[5] !== NFNL_SUBSYS.NFT_COMPAT) return super.requestSync(message);
        const answer = new DataView(new ArrayBuffer(36));
        answer.setUint32(0, 36, LITTLE);
        answer.setUint16(4, NLMSG.ERROR, LITTLE);
        answer.setInt32(16, -constants.errno.ENOENT, LITTLE);
        return { messages: answer.buffer, interrupted: false, lost: false };
      }
    }
    vi.spyOn(addon, 'Netlink', 'get').mockReturnValue(WithoutCompat);
    await firewall.close();
    firewall = await Firewall.open({ backend: 'nft', namespace: 'new' });
    const input = firewall.table('filter').chain('INPUT');
    for (const rule of ['-m comment --comment x', '-j REJECT'] as const)
      await expect(input.append(rule)).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED_BY_KERNEL',
        hint: expect.stringContaining('modprobe nft_compat'),
        applied: 'no',
      });
    await input.append('-s 10.0.0.1 -j DROP');
    expect(await input.list()).toHaveLength(1);
    // Nobody who may choose chooses such nf_tables.
    const auto = await Firewall.open({ backend: 'auto', namespace: 'new' });
    expect(auto.backend).toBe('legacy');
    await auto.close();
  });

  test.each(['appendAll', 'appendAllSync'] as const)(
    'of many pieces names what is refused in any of them: %s',
    async (method) => {
      const input = firewall.table('filter').chain('INPUT');
      const rules: `-${string}`[] = Array.from(
        { length: 1500 },
        (_, i) => `-s 10.0.${i >> 8}.${i & 255} -m comment --comment "rule ${i}"` as const,
      );
      const refused = '-m cgroup --path nosuch';
      for (const at of [1490, 3])
        await expect(
          (async () => input[method](rules.map((rule, i) => (i === at ? refused : rule))))(),
        ).rejects.toMatchObject({
          applied: 'no',
          message: expect.stringContaining(refused),
        });
      expect(await input.list()).toEqual([]);
      await input[method](rules);
      const listed = await input.list();
      expect(listed.map(({ source }) => source)).toEqual(rules.map((rule) => /-s (\S+)/.exec(rule)![1]));
    },
  );

  test('of more than a user may send in one says how much that is, and nothing is done', () => {
    const most = Number(readFileSync('/proc/sys/net/core/wmem_max', 'latin1'));
    const script = `
      const { Firewall } = require(${JSON.stringify(join(__dirname, '../..'))});
      (async () => {
        const firewall = await Firewall.open({ backend: 'nft', namespace: 'new' });
        const input = firewall.table('filter').chain('INPUT');
        const rules = Array.from({ length: ${Math.ceil(most / 150)} }, (_, i) => '-m comment --comment ' + i);
        for (const edit of [() => input.appendAll(rules), async () => input.appendAllSync(rules)])
          await edit().catch(({ code, message, hint, applied }) => console.log([code, applied, message, hint].join('|')));
        console.log((await input.list()).length);
        await input.append('-j DROP');
        console.log((await input.list()).length);
        await firewall.close();
      })();`;
    const user = ['--user', '--map-root-user', '--', process.execPath, '-e', script];
    const { stdout, stderr } = spawnSync('unshare', user, { encoding: 'utf8', timeout: 20_000 });
    expect(stderr).toBe('');
    const [first, second, none, one] = stdout.trim().split('\n');
    for (const told of [first, second])
      expect(told).toMatch(
        /^ERR_KERNEL\|no\|Cannot append rules to chain INPUT of table filter \(IPv4\): .* \d+ bytes at once, where the socket takes \d+ \(EMSGSIZE\)\|Raise net\.core\.wmem_max/,
      );
    expect([none, one]).toEqual(['0', '1']);
  });
});
