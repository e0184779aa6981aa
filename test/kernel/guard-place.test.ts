import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { Firewall } from '../../lib';
import { apply } from '../../lib/policy';
import { afterAll, beforeAll, describeWith, expect, test, testWith } from '../harness';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const guard = { confirmWithin: 20_000, preserve: [] };
let chains = 0;
/** Something else than there is. */
const fresh = () => ({ filter: { [`chain${++chains}`]: {} } });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Who says where that he guards a change: a file beside the lock. */
describeWith(['netns', 'addon'], 'a guarded change', () => {
  let netns: Netns;
  const folder = temporaryFolder('guard-place');
  const opened: Firewall<'ipv4'>[] = [];
  const open = async (path: string, wait?: number) => {
    const lock = { path, ...(wait !== undefined && { wait }) };
    const firewall = await Firewall.open({ namespace: netns.path, lock });
    opened.push(firewall);
    return firewall;
  };
  const claims = (of = folder) => readdirSync(of).filter((name) => name.startsWith('libiptc-keeper-'));
  beforeAll(() => {
    netns = new Netns();
  });
  afterAll(async () => {
    for (const each of opened) await each.close();
    netns.close();
  });

  test('is told beside the lock, and no more once it is over', async () => {
    const firewall = await open(join(folder, 'lock'));
    const change = await apply(firewall, fresh(), { guard });
    expect(claims()).toEqual([expect.stringMatching(/^libiptc-keeper-\d+-ipv4\.\d+\.\d+$/)]);
    await expect(apply(firewall, fresh(), { guard })).rejects.toMatchObject({ code: 'ERR_BUSY' });
    expect(await change.confirm()).toBe(true);
    expect(claims()).toEqual([]);
  }, 60_000);

  test('is of one of many that begin at once', async () => {
    const firewalls = await Promise.all([1, 2, 3, 4].map(() => open(join(folder, 'lock'))));
    const changes = await Promise.allSettled(firewalls.map((each) => apply(each, fresh(), { guard })));
    const begun = changes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(begun.length).toBe(1);
    for (const each of changes) if (each.status === 'rejected') expect(each.reason.code).toBe('ERR_BUSY');
    await begun[0]!.revert();
    expect(claims()).toEqual([]);
  }, 60_000);

  test('is kept from nobody by what killed ones have left, not even where their numbers are used again', async () => {
    const firewall = await open(join(folder, 'lock'));
    const change = await apply(firewall, fresh(), { guard });
    const [own] = claims();
    const [stem, pid, beginning] = own!.split('.');
    await change.confirm();
    const left = [
      own!,
      `${stem}.${process.pid}.${beginning}0`,
      // Of a namespace that is gone.
      `libiptc-keeper-1-ipv6.${pid}.${beginning}`,
    ];
    for (const name of left) writeFileSync(join(folder, name), '');
    writeFileSync(join(folder, 'libiptc-keeper-of-mine'), '');
    await (await apply(firewall, fresh(), { guard })).confirm();
    expect(claims()).toEqual(['libiptc-keeper-of-mine']);
  }, 60_000);

  test('finds the lock by a relative path, too', async () => {
    const name = join(folder, 'lock');
    process.env.XTABLES_LOCKFILE = relative(process.cwd(), name);
    try {
      const firewall = await Firewall.open({ namespace: netns.path });
      opened.push(firewall);
      const change = await apply(firewall, fresh(), { guard });
      expect(claims().length).toBe(2);
      await change.revert();
    } finally {
      delete process.env.XTABLES_LOCKFILE;
    }
  }, 60_000);

  testWith(
    ['legacy'],
    'is taken back however long the lock is held then, whatever the wait of the caller',
    async () => {
      const path = join(folder, 'held');
      const firewall = await open(path, 0);
      const before = await firewall.save();
      await apply(firewall, fresh(), { guard: { ...guard, confirmWithin: 1000 } });
      expect(await firewall.save()).not.toBe(before);
      const holder = spawn('flock', ['--no-fork', path, 'sleep', '2'], { stdio: 'ignore' });
      await once(holder, 'exit');
      for (let i = 0; i < 100 && (await firewall.save()) !== before; i++) await pause(50);
      expect(await firewall.save()).toBe(before);
    },
  );

  /** A folder of its own file system, with a lock in it. */
  const mounted = async (name: string, options: string, body: (path: string) => Promise<void>) => {
    const at = join(folder, name);
    mkdirSync(at);
    const mount = (...words: string[]) => expect(spawnSync('mount', [...words, at]).status).toBe(0);
    mount('-t', 'tmpfs', '-o', options, 'tmpfs');
    try {
      writeFileSync(join(at, 'lock'), '', { mode: 0o600 });
      chmodSync(at, 0o755);
      await body(at);
    } finally {
      spawnSync('umount', ['-l', at]);
    }
  };
  const fill = (at: string) => {
    try {
      for (let i = 0; ; i++) writeFileSync(join(at, `${i}`), Buffer.alloc(4096));
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    }
  };

  test(
    'needs no room on a disk',
    () =>
      mounted('full', 'size=16k', async (at) => {
        expect(fill(at)).toBe('ENOSPC');
        const firewall = await open(join(at, 'lock'));
        const before = await firewall.save();
        const change = await apply(firewall, fresh(), { guard });
        expect(claims(at).length).toBe(1);
        await change.revert();
        expect(await firewall.save()).toBe(before);
      }),
    60_000,
  );

  test.each([
    ['nobody can be told: there is no file left', 'nr_inodes=4', [], 'ENOSPC', /^Make room in /],
    ['nobody can be told: nothing can be written', 'size=16k', ['-o', 'remount,ro'], 'EROFS', /XTABLES_LOCKFILE/],
  ] as const)(
    'is not begun where %s',
    (_, options, remount, code, hint) =>
      mounted(basename(code), options, async (at) => {
        if (remount.length > 0) expect(spawnSync('mount', [...remount, at]).status).toBe(0);
        else expect(fill(at)).toBe('ENOSPC');
        const firewall = await open(join(at, 'lock'));
        const before = await firewall.save();
        await expect(apply(firewall, fresh(), { guard })).rejects.toMatchObject({
          code: 'ERR_IO',
          message: expect.stringMatching(`^Cannot begin a change that may be taken back: ${code}`),
          file: at,
          hint: expect.stringMatching(hint),
        });
        expect(await firewall.save()).toBe(before);
        expect(existsSync(join(at, 'lock'))).toBe(true);
        expect(readFileSync(join(at, 'lock'), 'utf8')).toBe('');
      }),
    60_000,
  );
});
