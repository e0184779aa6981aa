/** Sets that outlive a reboot, with the commands of the distributions' services as the other side. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Firewall } from '../../lib';
import { load, type PersistOptions, save } from '../../lib/persist';
import { Sets } from '../../lib/sets';
import { afterEach, beforeEach, describe, describeWith, expect, test } from '../harness';
import { MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const SETS = `create nets hash:net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001
create six hash:ip family inet6 hashsize 1024 maxelem 65536 comment bucketsize 12 initval 0x00000002
create both list:set size 8
add nets 10.0.0.0/8
add nets 192.0.2.1
add six 2001:db8::1 comment "a b"
add both nets
add both six
`;
const RULE = '-A INPUT -m set --match-set nets src -j DROP';

/** What the services do at boot. */
const AT_BOOT = {
  'netfilter-persistent': 'ipset restore -exist < "$1/etc/iptables/ipsets"',
  'iptables-services': `cd "$1/etc/sysconfig/ipset.d" && test -e .saved &&
    { for f in *; do head -n1 "$f"; done; for f in *; do tail -n +2 "$f"; done; } | ipset restore -!`,
} as const;

describeWith(['netns', 'addon', 'iptables', 'ipset'], 'sets that are kept', () => {
  let [ours, theirs]: Netns[] = [];
  let firewall: Firewall<'ipv4'>;
  let second: Firewall<'ipv4'>;
  let root: string;
  beforeEach(async () => {
    [ours, theirs] = [new Netns(), new Netns()];
    firewall = await Firewall.open({ namespace: ours.path });
    second = await Firewall.open({ namespace: theirs.path });
    root = temporaryFolder('sets');
  });
  afterEach(async () => {
    await firewall.close();
    await second.close();
    ours!.close();
    theirs!.close();
    rmSync(root, { recursive: true });
  });
  const ipset = (netns: Netns | undefined, words: string, input = '') => {
    const { stdout, stderr } = netns!.execSync('ipset', words.split(' '), { input });
    expect([words, stderr]).toEqual([words, '']);
    return stdout;
  };
  const sorted = (text: string) => text.trim().split('\n').sort();
  const rules = (of: Firewall<'ipv4'>) => of.table('filter').save();
  const path = (name: string) => join(root, name);

  describe.each(['netfilter-persistent', 'iptables-services'] as const)('as %s has them', (layout) => {
    const [where, file] =
      layout === 'netfilter-persistent' ? ['etc/iptables/ipsets', ''] : ['etc/sysconfig/ipset.d', '/nets.set'];
    const options = (of: Firewall<'ipv4'>): PersistOptions => ({ firewalls: [of], layout, root });

    test('are saved for the service, and loaded before the rules', async () => {
      ipset(ours, 'restore', SETS);
      await firewall
        .table('filter')
        .chain('INPUT')
        .append(RULE.slice(9) as never);
      const [sets, saved] = await save(options(firewall));
      expect(sets).toEqual({ path: path(where), saved: true, sets: ['nets', 'six', 'both'] });
      expect(saved).toMatchObject({ family: 'ipv4', saved: true });

      const boot = theirs!.execSync('sh', ['-c', AT_BOOT[layout], 'sh', root]);
      expect(boot).toMatchObject({ stderr: '', status: 0 });
      expect(sorted(ipset(theirs, 'save'))).toEqual(sorted(ipset(ours, 'save')));
      ipset(theirs, 'flush');
      ipset(theirs, 'destroy');

      expect(await load(options(second))).toEqual([
        { path: path(where), outcome: 'loaded' },
        { family: 'ipv4', path: saved!.path, outcome: 'loaded' },
      ]);
      expect(sorted(ipset(theirs, 'save'))).toEqual(sorted(ipset(ours, 'save')));
      expect(await rules(second)).toContain(RULE);
    });

    test('become what was saved, whoever uses them, and others stay', async () => {
      ipset(ours, 'restore', SETS);
      await save(options(firewall));
      const all = sorted(ipset(ours, 'save'));
      await firewall
        .table('filter')
        .chain('INPUT')
        .append(RULE.slice(9) as never);
      ipset(ours, 'restore', 'flush nets\nadd nets 172.16.0.0/12\ndel both six\nflush six\ncreate mine hash:ip\n');
      ipset(ours, 'restore', 'destroy six\ncreate six bitmap:port range 0-9\n'); // of another type
      expect((await load(options(firewall)))[0]).toEqual({ path: path(where), outcome: 'loaded' });
      expect(sorted(ipset(ours, 'save')).filter((line) => !/ mine /.test(line))).toEqual(all);
      expect(ipset(ours, 'list -n').trim().split('\n').sort()).toEqual(['both', 'mine', 'nets', 'six']);
      expect(await rules(firewall)).toContain(RULE);
    });

    test('stay as they were where a file is wrong, which is told with its line', async () => {
      ipset(ours, 'restore', SETS);
      await save(options(firewall));
      const name = path(where + file);
      const text = readFileSync(name, 'utf8');
      writeFileSync(name, text.replace('add nets 192.0.2.1\n', 'add nets 192.0.2.300\n'));
      ipset(ours, 'flush nets');
      const before = ipset(ours, 'save');
      const [failed] = await load(options(firewall));
      expect(failed).toMatchObject({
        outcome: 'failed',
        error: {
          code: 'ERR_BAD_ELEMENT',
          message: 'Expected an IPv4 address for net of an element of set nets but received "192.0.2.300"',
          set: 'nets',
          file: name,
          line: text.split('\n').indexOf('add nets 192.0.2.1') + 1,
          applied: 'no',
        },
      });
      expect(ipset(ours, 'save')).toBe(before);
    });

    test('can be used by rules of another type no more, and nothing is half done', async () => {
      ipset(ours, 'restore', SETS);
      await save(options(firewall));
      ipset(ours, 'restore', 'flush both\ndestroy nets\ncreate nets bitmap:port range 0-9\nflush six\n');
      await firewall
        .table('filter')
        .chain('INPUT')
        .append(RULE.slice(9) as never);
      const before = ipset(ours, 'save');
      expect((await load(options(firewall)))[0]).toMatchObject({
        outcome: 'failed',
        error: { code: 'ERR_SET_IN_USE', set: 'nets' },
      });
      expect(sorted(ipset(ours, 'save'))).toEqual(sorted(before));
    });

    test('are needed by the rules that are loaded', async () => {
      ipset(ours, 'restore', SETS);
      await firewall
        .table('filter')
        .chain('INPUT')
        .append(RULE.slice(9) as never);
      await save(options(firewall));
      rmSync(path(where), { recursive: true });
      const [loaded, ...others] = await load(options(second));
      expect(others).toEqual([]);
      expect(loaded).toMatchObject({ outcome: 'failed', error: { code: 'ERR_NO_OBJECT', line: expect.any(Number) } });
      expect(loaded!.error!.hint).toMatch(/ipset create nets/);
    });

    test('are written again where they differ, and not told of where there are none', async () => {
      const [none] = await save(options(firewall));
      expect(none!.family).toBe('ipv4');
      ipset(ours, 'restore', SETS);
      const saved = async () => (await save({ ...options(firewall), ifChanged: true }))[0]!.saved;
      expect([await saved(), await saved()]).toEqual([true, false]);
      ipset(ours, 'add nets 198.51.100.0/24');
      expect([await saved(), await saved()]).toEqual([true, false]);
      expect((await save({ ...options(firewall), sets: false }))[0]!.family).toBe('ipv4');
    });
  });

  test('whose names need care are kept, too; files of others stay, those of sets that are gone go', async () => {
    const options = { firewalls: [firewall], layout: 'iptables-services', root } as const;
    const sets = await Sets.open({ namespace: ours!.path });
    for (const name of ['with space', 'a/b', '.dot', 'gone']) await sets.create(name, { type: 'hash:ip' });
    const list = await sets.create('list', { type: 'list:set' });
    await list.add([{ set: 'with space' }, { set: '.dot' }]);
    const before = (await sets.save()).split('\n').filter((line) => !line.includes('gone'));
    mkdirSync(path('etc/sysconfig/ipset.d'), { recursive: true });
    writeFileSync(path('etc/sysconfig/ipset.d/mine'), 'create mine hash:ip\n');
    await save(options);
    await sets.set('gone').destroy();
    await save(options);
    expect(readdirSync(path('etc/sysconfig/ipset.d')).sort()).toEqual([
      '%2Edot.set',
      '.saved',
      'a%2Fb.set',
      'list.set',
      'mine',
      'with space.set',
    ]);
    await sets.flush();
    await sets.destroy();
    expect(await load(options)).toMatchObject([{ outcome: 'loaded' }, {}]);
    expect(
      (await sets.save())
        .split('\n')
        .filter((line) => !line.includes('mine'))
        .sort(),
    ).toEqual(before.sort());
    await sets.close();
  });

  test('are in the file where there was no folder yet', async () => {
    const options = { firewalls: [firewall], layout: 'iptables-services', root } as const;
    mkdirSync(path('etc/sysconfig'), { recursive: true });
    writeFileSync(path('etc/sysconfig/ipset'), SETS);
    expect((await load(options))[0]).toEqual({ path: path('etc/sysconfig/ipset'), outcome: 'loaded' });
    expect(sorted(ipset(ours, 'save'))).toEqual(sorted(SETS));
    ipset(ours, 'del nets 192.0.2.1');
    await save(options);
    expect(readFileSync(path('etc/sysconfig/ipset'), 'utf8')).toBe(ipset(ours, 'save'));
  });

  test('come and go with the commands of the service, which touch none that is there', () => {
    mkdirSync(path('etc/sysconfig/ipset.d'), { recursive: true });
    writeFileSync(path('etc/sysconfig/iptables'), `*filter\n:INPUT ACCEPT [0:0]\n${RULE}\nCOMMIT\n`);
    const service = (netns: Netns, word: string) => {
      const { stderr, status } = netns.execSync(process.execPath, [MULTI, 'iptc', 'service', word, '--root', root]);
      return { stderr, status };
    };
    expect(service(theirs!, 'start')).toMatchObject({
      stderr: expect.stringContaining('ipset create nets'),
      status: 1,
    });
    ipset(ours, 'restore', SETS);
    expect(service(ours!, 'start')).toEqual({ stderr: '', status: 0 });
    expect(service(ours!, 'save')).toEqual({ stderr: '', status: 0 });
    expect(readdirSync(path('etc/sysconfig/ipset.d')).sort()).toEqual(['.saved', 'both.set', 'nets.set', 'six.set']);
    ipset(theirs, 'restore', 'create six hash:ip family inet6\nadd six 2001:db8::9\n');
    expect(service(theirs!, 'restart')).toEqual({ stderr: '', status: 0 });
    expect(ipset(theirs, 'save six')).toContain('add six 2001:db8::9');
    expect(ipset(theirs, 'save nets')).toBe(ipset(ours, 'save nets'));
    expect(service(theirs!, 'boot')).toEqual({ stderr: '', status: 0 });
    expect(sorted(ipset(theirs, 'save'))).toEqual(sorted(ipset(ours, 'save')));
    writeFileSync(path('etc/sysconfig/ipset.d/bad.set'), 'create bad hash:nothing\n');
    const { status, stderr } = service(theirs!, 'boot');
    expect(status).toBe(1);
    expect(stderr).toContain(`${path('etc/sysconfig/ipset.d/bad.set')}:1: Expected `);
  });

  test('are in a file that is given, and in none where only files of rules are', async () => {
    ipset(ours, 'restore', SETS);
    const rules = { ipv4: path('rules') };
    expect(await save({ firewalls: [firewall], files: rules, root })).toMatchObject([{ family: 'ipv4' }]);
    const options = { firewalls: [firewall], files: { ...rules, sets: path('sets') }, root };
    expect(await save(options)).toMatchObject([{ path: path('sets'), saved: true }, { family: 'ipv4' }]);
    expect(sorted(readFileSync(path('sets'), 'utf8'))).toEqual(sorted(ipset(ours, 'save')));
  });
});
