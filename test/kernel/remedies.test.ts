import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Chain, Firewall, IptcError, type LockOptions, type TableName } from '../../lib';
import { afterEach, beforeEach, describeWith, expect, test, testWith } from '../harness';
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
const shell = (netns: Netns, command: string) => netns.execSync('sh', ['-c', command]);

describeWith(['netns', 'addon'], 'the remedy for', () => {
  let netns: Netns;
  let folder: string;
  let firewalls: Firewall[];
  beforeEach(() => {
    netns = new Netns();
    folder = mkdtempSync(join(tmpdir(), 'iptc-remedies-'));
    firewalls = [];
  });
  afterEach(async () => {
    for (const each of firewalls) await each.close();
    netns.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const open = async (lock: LockOptions | false = false) => {
    const firewall = await Firewall.open({ namespace: netns.path, lock });
    firewalls.push(firewall);
    return firewall;
  };
  const input = (firewall: Firewall<'ipv4'>) => firewall.table('filter').chain('INPUT');
  const any = (firewall: Firewall<'ipv4'>, name: string, table: TableName = 'filter') =>
    firewall.table(table).chain(name as string) as Chain<'ipv4'>;

  testWith(['legacy'], 'a lock whose folder is missing makes it', async () => {
    const path = join(folder, 'no/such/lock');
    const firewall = await open({ path });
    const error = await failure(() => input(firewall).append('-j DROP'));
    expect(error).toMatchObject({ code: 'ERR_LOCK', message: expect.stringContaining(path) });
    expect(shell(netns, /mkdir -p [^)]+/.exec(error.hint!)![0]).status).toBe(0);
    await input(firewall).append('-j DROP');
  });
  testWith(['legacy'], 'a lock that is a folder names a file', async () => {
    const error = await failure(async () => input(await open({ path: folder })).append('-j DROP'));
    expect(error).toMatchObject({ code: 'ERR_LOCK', hint: expect.stringContaining(`${folder} is a folder`) });
    await input(await open({ path: join(folder, 'lock') })).append('-j DROP');
  });
  testWith(['legacy'], 'a lock that is held names the file that it is', async () => {
    const path = join(folder, 'lock');
    writeFileSync(path, '');
    const holder = await open({ path });
    const waiter = await open({ path, wait: 0 });
    const release = await new Promise<() => void>((held) => {
      const done = new Promise<void>((resolve) => {
        void holder.restore(
          (async function* () {
            yield '*filter\n';
            held(() => resolve());
            await done;
            yield 'COMMIT\n';
          })(),
        );
      });
    });
    const error = await failure(() => input(waiter).append('-j DROP'));
    expect(error).toMatchObject({ code: 'ERR_LOCK_TIMEOUT', hint: expect.stringContaining(`fuser -v ${path}.`) });
    release();
    await holder.close();
    await input(waiter).append('-j DROP');
  });

  test('a chain that is not there creates it where something is added, and shows what there is elsewhere', async () => {
    const firewall = await open();
    const web = any(firewall, 'web');
    const error = await failure(() => web.append('-j DROP'));
    expect(error).toMatchObject({ code: 'ERR_NO_CHAIN', hint: expect.stringContaining("createChain('web')") });
    for (const attempt of [() => web.flush(), () => web.delete(1), () => firewall.table('filter').deleteChain('web')])
      expect((await failure(attempt)).hint).not.toMatch(/[Cc]reate/);
    await firewall.table('filter').createChain('web');
    await web.append('-j DROP');
  });
  test('a chain whose name is nearly a built-in one names that', async () => {
    const firewall = await open();
    const { hint = '' } = await failure(() => any(firewall, 'OUTUT').append('-j DROP'));
    expect(hint).toMatch(/^Was OUTPUT meant\?/);
    await any(firewall, /Was (\w+)/.exec(hint)![1]!).append('-j DROP');
  });
  test('a built-in chain of another table names its tables', async () => {
    const firewall = await open();
    const error = await failure(() => any(firewall, 'PREROUTING').append('-j ACCEPT'));
    expect(error.hint).toBe('It is a built-in chain of tables raw, mangle and nat, not of filter.');
    for (const table of ['raw', 'mangle', 'nat'] as const) await any(firewall, 'PREROUTING', table).append('-j ACCEPT');
  });

  test('a target that is nearly one names it', async () => {
    const firewall = await open();
    for (const [wrong, right] of [
      ['drop', 'DROP'],
      ['ACEPT', 'ACCEPT'],
      ['REJCT', 'REJECT'],
      ['log', 'LOG'],
    ]) {
      const error = await failure(() => input(firewall).append({ target: wrong! }));
      expect(error.hint).toContain(`Or was the target ${right} meant: -j ${right},`);
      await input(firewall).append(/-j \w+/.exec(error.hint!)![0] as '-j DROP');
    }
    const { hint } = await failure(() => input(firewall).append({ target: 'c' }));
    expect(hint).toBe('Create the chain first.');
  });
  test('a jump in a file declares its chain', async () => {
    const firewall = await open();
    const file = (...lines: string[]) => `*filter\n${lines.join('\n')}\n-A INPUT -j myweb\nCOMMIT\n`;
    const { hint = '' } = await failure(() => firewall.restore(file()));
    await firewall.restore(file(/"(:.*)"/.exec(hint)![1]!));
  });

  test('a policy that is none, and one of a chain that has none', async () => {
    const firewall = await open();
    const reject = await failure(() => firewall.restore('*filter\n:INPUT REJECT [0:0]\nCOMMIT\n'));
    expect(reject).toMatchObject({ code: 'ERR_BAD_CHAIN', line: 2 });
    await firewall.restore(`*filter\n${/-A [^.]+/.exec(reject.hint!)![0]}\nCOMMIT\n`);
    const mine = await failure(() => firewall.restore('*filter\n:c DROP [0:0]\nCOMMIT\n'));
    expect(mine).toMatchObject({ code: 'ERR_BAD_CHAIN', hint: expect.not.stringContaining('CT') });
    const [, declared, rule] = /"(:.*)".*(-A [^.]+)/.exec(mine.hint!)!;
    await firewall.restore(`*filter\n${declared}\n${rule}\nCOMMIT\n`);
  });

  test('a namespace that is no path names the one that was meant', async () => {
    const error = await failure(() => Firewall.open({ namespace: netns.name }));
    expect(error.code).toBe('ERR_NAMESPACE');
    const path = /\/run\/netns\/[\w-]+/.exec(error.hint!)![0];
    expect(existsSync(path)).toBe(true);
    await (await Firewall.open({ namespace: path })).close();
  });
});
