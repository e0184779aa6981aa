import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import type { Backend } from '../../lib/backend/backend';
import { openNative } from '../../lib/backend/legacy/backend';
import { MemoryTable } from '../../lib/backend/memory/table';
import { afterAll, afterEach, beforeAll, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { save } from '../harness/oracle';
import { linesOf, programOf } from '../harness/program';

const { EEXIST, EINVAL, ENOENT } = constants.errno;
const once = { wait: 0 };

/** Sizes as a snapshot's header tells them. */
function sizes(snapshot: ArrayBuffer) {
  const header = new DataView(snapshot);
  return { chains: header.getUint32(8, true), rules: header.getUint32(12, true), bytes: header.getUint32(24, true) };
}

describeWith(['netns', 'iptables', 'addon', 'legacy'], 'a network namespace', () => {
  let netns: Netns;
  beforeAll(() => {
    netns = new Netns();
  });
  afterAll(() => netns.close());

  const append = programOf('ipv4', ['-A INPUT -s 192.0.2.1 -j DROP']);
  const rules = () =>
    save(netns, 'ipv4', 'filter')
      .split('\n')
      .filter((line) => line.startsWith('-A')).length;

  test('is entered by its path, or by a descriptor that may be closed then', async () => {
    const before = rules();
    const byPath = openNative({ family: 'ipv4', namespace: netns.path });
    const descriptor = openSync(netns.path, 'r');
    const byDescriptor = openNative({ family: 'ipv4', namespace: descriptor });
    closeSync(descriptor);
    await byPath.apply('filter', append, once);
    byDescriptor.applySync('filter', append, once);
    expect(rules()).toBe(before + 2);
    expect(readlinkSync(byPath.namespace)).toBe(readlinkSync(byDescriptor.namespace));
    expect(readlinkSync(byPath.namespace)).not.toBe(readlinkSync('/proc/self/ns/net'));
    await Promise.all([byPath.close(), byDescriptor.close()]);
  });

  test('can be an own one, that others enter while it is open', async () => {
    const first = openNative({ family: 'ipv4', namespace: 'new' });
    const second = openNative({ family: 'ipv4', namespace: first.namespace });
    const third = openNative({ family: 'ipv4', namespace: 'new' });
    await first.apply('filter', append, once);
    expect(sizes(await second.snapshot('filter')).rules).toBe(1);
    expect(sizes(await third.snapshot('filter')).rules).toBe(0);
    const { namespace } = first;
    await first.close();
    expect(existsSync(namespace)).toBe(false);
    expect(sizes(await second.snapshot('filter')).rules).toBe(1);
    await Promise.all([second.close(), third.close()]);
  });

  test('is that of the process unless told', async () => {
    const backend = openNative({ family: 'ipv6' });
    expect(readlinkSync(backend.namespace)).toBe(readlinkSync('/proc/self/ns/net'));
    expect(sizes(backend.snapshotSync('filter'))).toEqual(sizes(await backend.snapshot('filter')));
    await backend.close();
  });

  test('that is none is refused', () => {
    const open = (namespace: string | number) => () => openNative({ family: 'ipv4', namespace });
    const failure = (errno: number) => expect.objectContaining({ stage: 'namespace', errno });
    expect(open('/run/netns/no-such-namespace')).toThrow(failure(ENOENT));
    expect(open('/dev/null')).toThrow(failure(EINVAL));
    expect(open(-1)).toThrow(failure(constants.errno.EBADF));
  });
});

for (const family of ['ipv4', 'ipv6'] as const) {
  describeWith(['netns', 'addon', 'legacy'], `tables of ${family}`, () => {
    let backend: Backend;
    beforeEach(() => {
      backend = openNative({ family, namespace: 'new' });
    });
    afterEach(() => backend.close());

    const apply = (...lines: string[]) => backend.apply('filter', programOf(family, lines), once);
    const lines = async () => linesOf(family, await backend.snapshot('filter'));
    const rules = async () =>
      (await lines()).filter((line) => line.includes('-A')).map((line) => line.replace(/^\[0:0\] /, ''));

    test('refuse a target that a chain of its name would capture, unless told to do as iptables does', async () => {
      const target = new Uint8Array(programOf(family, ['-A INPUT -j LOG']));
      await apply('-N LOG', '-A LOG');
      await expect(backend.apply('filter', target, once)).rejects.toMatchObject({ stage: 'edit', errno: EEXIST });
      await backend.apply('filter', target, { ...once, chainsCapture: true });
      expect(await rules()).toContain('-A INPUT -j LOG');
      await expect(apply('-F LOG', '-X LOG')).rejects.toMatchObject({ stage: 'edit', errno: constants.errno.EMLINK });
    });

    test('tell a target from a chain that has got its name later', async () => {
      await apply('-A INPUT -j LOG --log-prefix x', '-N LOG', '-A INPUT -p tcp');
      expect(await rules()).toEqual(['-A INPUT -j LOG --log-prefix x', '-A INPUT -p tcp']);
      await apply('-C INPUT -j LOG --log-prefix x', '-D INPUT -j LOG --log-prefix x');
      expect(await rules()).toEqual(['-A INPUT -p tcp']);
    });

    test('rename chains, however many there are', async () => {
      // libiptc indexes every fortieth of them. Renaming one that is alone between two of these rebuilds the index.
      for (const count of [2, 40, 41, 80, 81, 82, 120, 121, 160]) {
        const names = Array.from({ length: count }, (_, i) => `c${1000 + i}`);
        await apply(...names.map((name) => `-N ${name}`));
        const gap = names.slice(1, Math.min(40, count - 1));
        const [first, last] = [names[0]!, names[count - 1]!];
        await apply(...gap.map((name) => `-X ${name}`), `-E ${first} z`, `-E ${last} a`, '-A z -j a', `-E z ${first}`);
        const left = [first, 'a', ...names.slice(1 + gap.length, -1)];
        const found = (await lines()).flatMap((line) => /^:(\S+) -/.exec(line)?.[1] ?? []);
        expect(found).toEqual(left.sort());
        expect(await rules()).toEqual([`-A ${first} -j a`]);
        await apply(`-F ${first}`, ...found.map((name) => `-X ${name}`));
      }
    });

    test('keep what policies counted, except those that the program sets or zeroes', async () => {
      const policies = async () => (await lines()).filter((line) => line.startsWith(':'));
      await apply(
        '-P INPUT ACCEPT 1 10',
        '-P FORWARD ACCEPT 2 20',
        '-P OUTPUT ACCEPT 3 30',
        '-N a',
        '-A INPUT',
        '-A OUTPUT',
      );
      await backend.apply('filter', programOf(family, ['-A FORWARD', '-Z OUTPUT']), once);
      expect(await policies()).toEqual([
        ':INPUT ACCEPT [1:10]',
        ':FORWARD ACCEPT [2:20]',
        ':OUTPUT ACCEPT [0:0]',
        ':a - [0:0]',
      ]);
      await backend.apply('filter', programOf(family, ['-P INPUT DROP', '-P OUTPUT DROP 4 40', '-A a']), once);
      expect(await policies()).toEqual([
        ':INPUT DROP [0:0]',
        ':FORWARD ACCEPT [2:20]',
        ':OUTPUT DROP [4:40]',
        ':a - [0:0]',
      ]);
      await apply('-F a');
      expect((await policies())[1]).toBe(':FORWARD ACCEPT [2:20]');
    });

    test('say which table is missing', async () => {
      for (const table of ['nothing', 'x'.repeat(40), '', 'filter\0']) {
        await expect(backend.snapshot(table)).rejects.toMatchObject({ stage: 'read' });
      }
      await expect(backend.snapshot('nothing')).rejects.toMatchObject({ errno: ENOENT });
    });

    test('come whole, however large', async () => {
      const chains = 30_000;
      const names = Array.from({ length: chains }, (_, i) => `chain-${i}`);
      const table = await backend.lock('filter', { ...once, idle: 10_000 });
      await table.write(
        programOf(
          family,
          names.map((name) => `-N ${name}`),
        ),
      );
      const rule = programOf(family, ['-A INPUT -p tcp']).subarray(40);
      for (let i = 0; i < 50; i++) {
        const piece = new Uint8Array(40 + 6000 * rule.length);
        piece.set(programOf(family, ['-F FORWARD']).subarray(0, 40));
        for (let j = 0; j < 6000; j++) piece.set(rule, 40 + j * rule.length);
        await table.write(piece);
      }
      await table.commit();
      const start = process.hrtime.bigint();
      const snapshot = await backend.snapshot('filter');
      const took = Number(process.hrtime.bigint() - start) / 1e6;
      const { chains: found, rules: count, bytes } = sizes(snapshot);
      expect({ found, count, bytes }).toEqual({ found: chains + 3, count: 300_000, bytes: snapshot.byteLength });
      const { byteLength } = MemoryTable.from(snapshot).snapshot();
      expect(byteLength).toBe(32 + found * 96 + count * (rule.length - 8));
      expect(took).toBeLessThan(5000); // a walk in the square of chains would take minutes
    }, 60_000);
  });
}

describeWith(['netns', 'addon', 'legacy'], 'the kernel', () => {
  let netns: Netns;
  let backends: Backend[];
  beforeAll(() => {
    netns = new Netns();
    backends = (['ipv4', 'ipv6'] as const).map((family) => openNative({ family, namespace: netns.path }));
  });
  afterAll(async () => {
    for (const backend of backends) await backend.close();
    netns.close();
  });

  test('tells which revisions it has', () => {
    for (const backend of backends) {
      expect(backend.revision('match', 'tcp', 0)).toBe(0);
      expect(backend.revision('match', 'conntrack', 1)).toBeGreaterThanOrEqual(3);
      expect(backend.revision('target', 'MARK', 2)).toBe(2);
      expect(backend.revision('match', 'conntrack', 99)).toBe(-1);
      expect(backend.revision('match', 'no-such-match', 0)).toBeUndefined();
      expect(backend.revision('target', 'x'.repeat(40), 0)).toBeUndefined();
      expect(backend.revision('match', 'tcp\0', 0)).toBeUndefined();
    }
  });

  test('tells the names and indexes of sets', () => {
    const make = (...words: string[]) =>
      spawnSync('nsenter', [`--net=${netns.path}`, 'ipset', 'create', ...words]).status === 0;
    const sets = [
      { made: make('banned', 'hash:ip'), name: 'banned', family: 'ipv4' },
      { made: make('banned6', 'hash:ip', 'family', 'inet6'), name: 'banned6', family: 'ipv6' },
      { made: make('both', 'list:set'), name: 'both', family: undefined },
    ];
    for (const backend of backends) {
      for (const { made, name, family } of sets) {
        const set = backend.findSet(name);
        expect(set && { family: set.family }).toEqual(made ? { family } : undefined); // no ipset command, no set
        if (set) expect(backend.setName(set.index)).toBe(name);
      }
      expect(backend.findSet('no-such-set')).toBeUndefined();
      expect(backend.setName(40_000)).toBeUndefined();
    }
  });
});
