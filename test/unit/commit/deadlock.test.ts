import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Firewall, type IptcError } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';

const open = () => Firewall.open({ backend: new MemoryBackend('ipv4'), lock: false });
type Memory = Awaited<ReturnType<typeof open>>;

const reason = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: IptcError) => error,
  );

/** What is issued for table filter, and would wait for whoever has it. */
const WAITING: Record<string, (firewall: Memory) => Promise<unknown>> = {
  append: (f) => f.table('filter').chain('INPUT').append('-j DROP'),
  'a long appendAll': (f) =>
    f
      .table('filter')
      .chain('INPUT')
      .appendAll(Array.from({ length: 3_000 }, () => '-j DROP' as const)),
  check: (f) => f.table('filter').chain('INPUT').check('-j DROP'),
  flush: (f) => f.table('filter').flush(),
  transaction: (f) => f.table('filter').transaction(() => {}),
  restoreState: async (f) => f.table('filter').restoreState(await f.table('filter').state()),
  'restore of text': (f) => f.restore('*filter\nCOMMIT\n'),
  'restore of lines': (f) => f.restore(['*filter', 'COMMIT']),
  'restore of data': (f) => f.restore({ family: 'ipv4', tables: [{ name: 'filter', chains: [], rules: [] }] }),
  'restore of a stream': (f) =>
    f.restore(
      (async function* () {
        yield '*filter\nCOMMIT\n';
      })(),
    ),
  'table.drain': (f) => f.table('filter').drain(),
  'firewall.drain': (f) => f.drain(),
  close: (f) => f.close(),
};

describe('work that would wait for itself is told so', () => {
  test.each(Object.entries(WAITING))('%s, inside a transaction', async (_, wait) => {
    const firewall = await open();
    let told: IptcError | undefined;
    await firewall.table('filter').transaction(async (tx) => {
      await Promise.resolve();
      told = await reason(wait(firewall));
      await tx.chain('OUTPUT').append('-j DROP');
    });
    expect(told).toMatchObject({ code: 'ERR_DEADLOCK', applied: 'no' });
    expect(told!.message).toMatch(
      /^Cannot .* \(IPv4\): it is part of the transaction on table filter, and would wait for it$/,
    );
    expect(told!.hint).toMatch(/methods of tx/);
    // The transaction goes on, and so does everybody else.
    await firewall.table('filter').chain('INPUT').append('-j DROP');
    expect(await firewall.table('filter').save()).toBe(
      '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -j DROP\n-A OUTPUT -j DROP\nCOMMIT\n',
    );
    await firewall.close();
  });

  test.each(Object.entries(WAITING))('%s, by the input of a restore', async (name, wait) => {
    const firewall = await open();
    let told: IptcError | undefined;
    async function* input() {
      yield '*filter\n-A INPUT -j ACCEPT\n';
      await new Promise((resolve) => setTimeout(resolve, 1));
      told = await reason(wait(firewall));
      yield 'COMMIT\n';
    }
    await firewall.restore(input());
    expect(told, name).toMatchObject({ code: 'ERR_DEADLOCK' });
    expect(told!.message).toContain('it is part of the restore, and would wait for it');
    expect(await firewall.table('filter').chain('INPUT').list()).toHaveLength(1);
    await firewall.close();
  });

  test('synchronous calls are told what to use instead', async () => {
    const firewall = await open();
    const filter = firewall.table('filter');
    await filter.transaction(async (tx) => {
      expect(() => filter.chain('INPUT').appendSync('-j DROP')).toThrow(
        expect.objectContaining({ code: 'ERR_BUSY', hint: expect.stringContaining('methods of tx') }),
      );
      await tx.chain('INPUT').append('-j DROP');
      // What is committed can be read.
      expect(filter.chain('INPUT').listSync()).toEqual([]);
      expect(await filter.chain('INPUT').list()).toEqual([]);
      expect(await firewall.save({ tables: ['filter'] })).not.toContain('DROP');
    });
  });

  test('two transactions that each want the other’s table: one is refused, the other goes on', async () => {
    const firewall = await open();
    const both = async (first: 'filter' | 'nat', second: 'filter' | 'nat') =>
      firewall.table(first).transaction(async (tx) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await firewall.table(second).transaction((inner) => inner.chain('OUTPUT').append('-j ACCEPT'));
        await tx.chain('OUTPUT').append('-j ACCEPT');
      });
    const results = await Promise.allSettled([both('filter', 'nat'), both('nat', 'filter')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { reason } = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(reason).toMatchObject({ code: 'ERR_DEADLOCK', hint: expect.stringContaining('same order') });
    expect(reason.message).toMatch(/the transaction on table (nat|filter) waits for the transaction on table/);
    await firewall.close();
  });

  test('a transaction that began before a restore of several tables gets its own done first', async () => {
    const firewall = await open();
    const nat = firewall.table('nat').transaction(async (tx) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await firewall.table('filter').chain('INPUT').append('-s 10.0.0.1');
      await tx.chain('OUTPUT').append('-s 10.0.0.1');
    });
    const restored = firewall.restore('*filter\n-A INPUT -s 10.0.0.2\nCOMMIT\n*nat\n-A OUTPUT -s 10.0.0.2\nCOMMIT\n', {
      noflush: true,
    });
    const later = firewall.table('filter').chain('INPUT').append('-s 10.0.0.3');
    await Promise.all([nat, restored, later]);
    expect(await firewall.save({ tables: ['filter', 'nat'] })).toMatch(
      /INPUT -s 10\.0\.0\.1.*\n.*INPUT -s 10\.0\.0\.2.*\n.*INPUT -s 10\.0\.0\.3.*\nCOMMIT\n[\s\S]*OUTPUT -s 10\.0\.0\.1.*\n.*OUTPUT -s 10\.0\.0\.2/,
    );
  });

  test('other tables, and other firewalls, are no part of it', async () => {
    const [firewall, other] = [await open(), await open()];
    await firewall.table('filter').transaction(async () => {
      await firewall.table('nat').chain('OUTPUT').append('-j ACCEPT');
      await firewall.restore('*nat\n-A OUTPUT -j ACCEPT\nCOMMIT\n', { noflush: true });
      await other.table('filter').chain('INPUT').append('-j DROP');
      await other.close();
    });
    expect(await firewall.table('nat').chain('OUTPUT').list()).toHaveLength(2);
  });

  test('what is done after it has ended, in its context, isn’t either', async () => {
    const firewall = await open();
    const filter = firewall.table('filter');
    let later!: Promise<void>;
    await filter.transaction(async (tx) => {
      await tx.chain('INPUT').append('-j DROP');
      later = new Promise((resolve) => setTimeout(resolve, 20)).then(() => filter.chain('INPUT').append('-j ACCEPT'));
    });
    await later;
    expect(await filter.chain('INPUT').list()).toHaveLength(2);
  });
});

describe('a script that waits for what never comes', () => {
  const run = (code: string) => {
    const dist = JSON.stringify(join(__dirname, '../../../dist'));
    const prelude = `const { Firewall } = require(${dist}); const { MemoryBackend } = require(${dist} + '/testing.js');
      const firewall = Firewall.openSync({ backend: new MemoryBackend('ipv4') }); const filter = firewall.table('filter');`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', prelude + code], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };

  test.each([
    'filter.transaction(() => new Promise(() => {}))',
    "firewall.restore((async function* () { yield '*filter'; await new Promise(() => {}); })())",
  ])('does not end as if all were well: %s', (work) => {
    const unheard = run(`${work}.then(() => console.log('done'));`);
    expect(unheard).toMatchObject({ status: 1, stdout: '' });
    expect(unheard.stderr).toMatch(/ERR_DEADLOCK/);
    expect(run(`${work}.catch(({ code, message }) => console.log(code, message));`)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^ERR_DEADLOCK Cannot .*: it waits for what never comes\n$/),
    });
  });

  test('and what waits behind it is done', () => {
    const { stdout } = run(
      `filter.transaction(() => new Promise(() => {})).catch(() => {});
       filter.chain('INPUT').append('-j DROP').then(() => filter.save()).then(console.log);`,
    );
    expect(stdout).toContain('-A INPUT -j DROP');
  });

  test('while one with nothing open ends by itself', () => {
    expect(run("filter.transaction((tx) => tx.flush()).then(() => console.log('done'))")).toEqual({
      status: 0,
      stdout: 'done\n',
      stderr: '',
    });
  });
});
