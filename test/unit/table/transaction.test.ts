import { constants } from 'node:os';
import { Firewall, type Transaction } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';
import { programOf } from '../../harness/program';

const { EAGAIN } = constants.errno;

async function open() {
  const backend = new MemoryBackend('ipv4');
  const firewall = await Firewall.open({ backend, lock: false });
  return { backend, firewall, filter: firewall.table('filter') };
}
type Tx = Transaction<'ipv4', 'filter'>;

describe('a transaction that has ended', () => {
  const uses: Record<string, (tx: Tx) => unknown> = {
    append: (tx) => tx.chain('INPUT').append('-j DROP'),
    appendAll: (tx) => tx.chain('INPUT').appendAll(['-j DROP']),
    insert: (tx) => tx.chain('INPUT').insert('-j DROP'),
    check: (tx) => tx.chain('INPUT').check('-j DROP'),
    list: (tx) => tx.chain('INPUT').list(),
    policy: (tx) => tx.chain('INPUT').setPolicy('DROP'),
    createChain: (tx) => tx.createChain('x'),
    flush: (tx) => tx.flush(),
    state: (tx) => tx.state(),
  };
  const synchronous: Record<string, (tx: Tx) => unknown> = {
    appendSync: (tx) => tx.chain('INPUT').appendSync('-j DROP'),
    appendAllSync: (tx) => tx.chain('INPUT').appendAllSync(['-j DROP']),
    flushSync: (tx) => tx.flushSync(),
    listSync: (tx) => tx.chain('INPUT').listSync(),
    stateSync: (tx) => tx.stateSync(),
  };
  const ended = expect.objectContaining({
    code: 'ERR_CLOSED',
    message: expect.stringMatching(/\(IPv4\): the transaction has ended$/),
    hint: expect.stringContaining('Await'),
  });
  const endings: Record<string, (keep: (tx: Tx) => void) => Promise<unknown>> = {
    'is committed': async (keep) => (await open()).filter.transaction((tx) => keep(tx)),
    'has changed something': async (keep) =>
      (await open()).filter.transaction(async (tx) => {
        await tx.flush();
        await tx.createChain('y');
        keep(tx);
      }),
    'has thrown': async (keep) =>
      (await open()).filter
        .transaction((tx) => {
          keep(tx);
          throw new Error('no');
        })
        .catch(() => {}),
  };
  test.each(Object.entries(endings))('because it %s refuses all that is done with it', async (_, end) => {
    let kept!: Tx;
    await end((tx) => {
      kept = tx;
    });
    for (const use of Object.values(uses)) await expect(use(kept)).rejects.toEqual(ended);
    for (const use of Object.values(synchronous)) expect(() => use(kept)).toThrow(ended);
  });

  test('is over for those who still have it while its work runs again', async () => {
    const { backend, filter } = await open();
    const rival = rivalOf(backend);
    const seen: Tx[] = [];
    await filter.transaction(async (tx) => {
      seen.push(tx);
      await tx.chain('INPUT').append('-s 10.0.0.1 -j DROP');
      if (seen.length === 1) return rival('-s 10.0.0.9 -j DROP');
      await expect(seen[0]!.chain('INPUT').append('-s 10.0.0.2 -j DROP')).rejects.toEqual(ended);
    });
    expect(seen).toHaveLength(2);
    expect(await filter.chain('INPUT').list()).toHaveLength(2);
  });

  test('runs again where the kernel says that somebody else was faster', async () => {
    const { backend, filter } = await open();
    let runs = 0;
    backend.failNext('commit', EAGAIN);
    await filter.transaction(async (tx) => {
      runs++;
      await tx.chain('INPUT').append('-j DROP');
    });
    expect(runs).toBe(2);
    expect(await filter.chain('INPUT').list()).toHaveLength(1);
  });
});

/** Another program, which changes the table. */
const rivalOf = (backend: MemoryBackend) => (rule: string) => {
  backend.table('filter').run(programOf('ipv4', [`-A INPUT ${rule}`]));
  backend.table('filter').commit();
};

describe('a rule whose getter', () => {
  const within = (rule: object, get: () => unknown) =>
    Object.defineProperty({ ...rule }, 'source', { enumerable: true, get });

  test('appends another and then throws takes nothing with it', async () => {
    const { filter } = await open();
    const input = filter.chain('INPUT');
    let inner!: Promise<void>;
    const outer = input.append(
      within({ target: 'DROP' }, () => {
        inner = input.append({ source: '10.0.0.1', target: 'ACCEPT' });
        throw new Error('no');
      }) as never,
    );
    await expect(outer).rejects.toThrow();
    await inner;
    expect((await input.list()).map((rule) => 'source' in rule && rule.source)).toEqual(['10.0.0.1']);
  });

  test('issues whatever else leaves every edit whole', async () => {
    for (const issue of [
      (f: Awaited<ReturnType<typeof open>>) => f.filter.chain('INPUT').append('-s 10.0.0.1'),
      (f: Awaited<ReturnType<typeof open>>) => f.filter.chain('INPUT').appendAll(['-s 10.0.0.1']),
      (f: Awaited<ReturnType<typeof open>>) => f.filter.transaction((tx) => tx.chain('INPUT').append('-s 10.0.0.1')),
      async (f: Awaited<ReturnType<typeof open>>) => f.filter.chain('INPUT').appendSync('-s 10.0.0.1'),
    ]) {
      const opened = await open();
      const input = opened.filter.chain('INPUT');
      let inner: Promise<unknown> | undefined;
      const rule = within({ target: 'DROP' }, () => {
        inner ??= issue(opened);
        return '10.0.0.2';
      });
      const first = input.append('-s 10.0.0.3');
      await Promise.all([first, input.appendAll(['-s 10.0.0.4', rule as never, '-s 10.0.0.5'])]);
      await inner;
      const sources = (await input.list()).map((found) => 'source' in found && found.source);
      expect([...sources].sort()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5']);
      const at = sources.indexOf('10.0.0.4');
      expect(sources.slice(at, at + 3)).toEqual(['10.0.0.4', '10.0.0.2', '10.0.0.5']);
    }
  });
});

describe('a transaction that another program was faster than', () => {
  const changes: Record<string, (rival: Firewall) => Promise<unknown>> = {
    'a policy': (rival) => rival.table('filter').chain('INPUT').setPolicy('DROP'),
    'a rule': (rival) => rival.table('filter').chain('FORWARD').append('-p 7'),
    'what a rule says': (rival) => rival.table('filter').chain('OUTPUT').replace(1, '-m mark --mark 2'),
    'the name of a chain': (rival) => rival.table('filter').renameChain('web', 'wob'),
    'the number of chains': (rival) => rival.table('filter').createChain('z'),
  };
  test.each(Object.entries(changes))('by %s is run again', async (_, change) => {
    const { backend, filter } = await open();
    const rival = await Firewall.open({ backend, lock: false });
    await filter.createChain('web');
    await filter.chain('OUTPUT').append('-m mark --mark 1');
    let runs = 0;
    await filter.transaction(async (tx) => {
      await tx.chain('INPUT').append('-p 6');
      if (runs++ === 0) await change(rival);
    });
    expect(runs).toBe(2);
    expect(await filter.chain('INPUT').list()).toHaveLength(1);
  });
  test('only in what rules count is not', async () => {
    const { backend, filter } = await open();
    await filter.chain('OUTPUT').append('-p 9 -c 1 2');
    let runs = 0;
    await filter.transaction(async (tx) => {
      await tx.chain('INPUT').append('-p 6');
      if (runs++ === 0) await backend.apply('filter', programOf('ipv4', ['-Z OUTPUT']), { wait: 0 });
    });
    expect(runs).toBe(1);
  });
});
