import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { Firewall } from '../../lib';
import type { NativeNetlinkAnswer } from '../../lib/backend/addon';
import { type Ask, Jobs } from '../../lib/backend/nft/jobs';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';

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
