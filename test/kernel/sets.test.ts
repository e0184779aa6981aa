/** Sets in the kernel, with ipset as the judge of every text. */
import { type IptcError, Sets } from '../../lib/sets';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { LINES, REFUSED } from './sets-cases';

/** Lines that don't tell of what is random or grows by itself; ipset 7.17 leaves out `forceadd`. */
const essence = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.replace(/ initval 0x(?!00001234)\w+/, ''))
    .sort();

describeWith(['netns', 'addon', 'ipset'], 'sets', () => {
  let [ours, theirs]: Netns[] = [];
  let sets: Sets;
  beforeEach(async () => {
    [ours, theirs] = [new Netns(), new Netns()];
    sets = await Sets.open({ namespace: ours.path });
  });
  afterEach(async () => {
    await sets.close();
    ours!.close();
    theirs!.close();
  });
  const ipset = (netns: Netns | undefined, words: string, input = '') =>
    netns!.execSync('ipset', words.split(' '), { input });

  test('are made by lines as ipset makes them, and saved as it saves them', async () => {
    for (const line of LINES) {
      const { stderr } = ipset(theirs, 'restore', `${line}\n`);
      expect([line, stderr]).toEqual([line, '']);
    }
    await sets.restore(LINES.join('\n'));
    const text = await sets.save();
    expect(essence(text)).toEqual(essence(ipset(theirs, 'save').stdout));
    expect(text).toBe(ipset(ours, 'save').stdout);
  });

  test('are refused in the words of ipset', async () => {
    ipset(theirs, 'restore', `${LINES.join('\n')}\n`);
    await sets.restore(LINES.join('\n'));
    const own = await sets.save();
    const wrong: unknown[] = [];
    for (const line of REFUSED) {
      const { stderr, status } = ipset(theirs, 'restore', `${line}\n`);
      const [first] = stderr.replace(/^ipset v\S+: (?:Error in line 1: )?/, '').split('\n');
      const error = await sets.restore(line).then(
        () => undefined,
        (thrown: IptcError) => thrown,
      );
      // Where ipset makes several attempts at a word, it tells of each.
      const said = error?.iptables?.split('\n')[0];
      if (status === 0 || said !== first) wrong.push({ line, first, said });
      if (error?.line !== 1 || !/^(Expected|Cannot) /.test(error.message)) wrong.push({ line, error });
    }
    expect(wrong).toEqual([]);
    expect(await sets.save()).toBe(own);
  });

  test('are read as data, and made of that data again', async () => {
    await sets.restore(LINES.join('\n'));
    const text = await sets.save();
    const heads = [];
    for await (const head of sets) heads.push(head);
    const all = new Map<string, readonly object[]>();
    for (const { name } of heads) all.set(name, await sets.set(name).elements());
    expect(all.get('ends')).toContainEqual({ ip: '10.0.0.1', protocol: 'tcp', port: 80 });
    expect(all.get('wires')).toContainEqual({ net: '10.0.0.0/8', iface: 'eth1', physdev: true, nomatch: true });
    expect(all.get('hosts')).toEqual([
      {
        ip: '10.0.0.0',
        timeout: 0,
        packets: (1n << 64n) - 2n,
        bytes: 10n,
        comment: 'x y',
        skbmark: '0x10',
        skbprio: '1:a',
        skbqueue: 3,
      },
    ]);
    expect(heads.find(({ name }) => name === 'addresses')).toMatchObject({
      type: 'bitmap:ip',
      elements: 9,
      references: 2,
    });
    for (const { name, references } of heads.reverse()) if (references === 0) await sets.set(name).destroy();
    await sets.destroy();
    expect(await sets.names()).toEqual([]);
    for (const { name, type, options } of heads.reverse()) {
      const set = await sets.create(name, { type, ...options } as never);
      await set.add(all.get(name) as never);
    }
    expect(essence(await sets.save())).toEqual(essence(text));
  });

  test('take elements one by one, together and by the thousand, each for itself', async () => {
    const set = await sets.create('many', { type: 'hash:ip,port', maxelem: 100_000 });
    await set.add({ ip: '10.0.0.1', port: 80 });
    const results = await Promise.allSettled([
      set.add('10.0.0.2,80'),
      set.add('10.0.0.1,80'),
      set.add({ ip: '10.0.0.3', protocol: 'udp', port: [80, 81] }),
      set.add('10.0.0.3,udp:81'),
      set.add('nonsense,80'),
      set.delete('10.0.0.2,80'),
      set.delete('10.0.0.2,80'),
      set.add('10.0.0.1,80', { exist: true }),
      set.add('10.0.0.4,80'),
    ]);
    expect(results.map((each) => (each.status === 'rejected' ? each.reason.code : 'done'))).toEqual([
      'done',
      'ERR_ELEMENT_EXISTS',
      'done',
      'ERR_ELEMENT_EXISTS',
      'ERR_BAD_ELEMENT',
      'done',
      'ERR_NO_ELEMENT',
      'done',
      'done',
    ]);
    expect(await set.test(['10.0.0.1,80', '10.0.0.2,80', '10.0.0.4,80', '10.0.0.3,udp:81'])).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(await set.test('10.0.0.2,80')).toBe(false);
    const thousands = Array.from({ length: 60_000 }, (_, i) => `10.1.${i >> 8}.${i & 255},80`);
    await set.add(thousands);
    expect((await set.head()).elements).toBe(60_004);
    // The first that is refused ends it.
    const some = [...thousands.slice(0, 9000), '10.3.0.1,80'];
    await expect(set.add(some)).rejects.toMatchObject({ code: 'ERR_ELEMENT_EXISTS', index: 0 });
    await set.delete(thousands.slice(0, 9000));
    some.splice(8000, 0, '10.1.60.0,80');
    await expect(set.add(some)).rejects.toMatchObject({ code: 'ERR_ELEMENT_EXISTS', index: 8000, applied: 'yes' });
    expect(await set.test(['10.1.31.63,80', '10.1.31.64,80', '10.3.0.1,80'])).toEqual([true, false, false]);
  });

  test('are replaced as a whole, or not at all', async () => {
    const set = await sets.create('blocked', { type: 'hash:net', timeout: 100, counters: true, maxelem: 4 });
    await set.add(['10.0.0.0/8', '192.0.2.1']);
    await set.replace(['10.0.0.0/8', { net: '172.16.0.0/12', timeout: 0 }]);
    const found = (await set.elements()).map(({ net }) => net).sort();
    expect(found).toEqual(['10.0.0.0/8', '172.16.0.0/12']);
    await expect(set.replace(['10.0.0.1', 'nonsense'])).rejects.toMatchObject({
      code: 'ERR_BAD_ELEMENT',
      set: 'blocked',
      index: 1,
    });
    const five = [1, 2, 3, 4, 5].map((i) => `10.0.0.${i}`);
    await expect(set.replace(five)).rejects.toMatchObject({ code: 'ERR_SET_FULL', set: 'blocked' });
    expect((await set.elements()).map(({ net }) => net).sort()).toEqual(found);
    expect(await sets.names()).toEqual(['blocked']);
  });

  test('are what a text says, all of them or none, and others stay', async () => {
    const name = await sets.create('a b', { type: 'hash:ip' });
    await name.add('192.0.2.1');
    await sets.create('other', { type: 'hash:ip' });
    const [text, lines] = [await sets.save(), [] as string[]];
    for (const line of ['flush other', 'add other 192.0.2.9', 'create c hash:ip timeout -1', 'add "a b" 192.0.2.300']) {
      const all = [`create "a b" hash:ip`, 'add "a b" 192.0.2.2', line];
      const error = await sets.restore(all, { replace: true }).catch((thrown: IptcError) => thrown);
      expect([line, error?.line, error?.message]).toEqual([line, 3, expect.not.stringContaining('iptc-')]);
      lines.push(error!.message);
    }
    expect(await sets.save()).toBe(text);
    expect(lines[1]).toBe('Expected a set that the text has created but received other');
    await sets.restore(text.replace('192.0.2.1', '192.0.2.2'), { replace: true });
    expect(await sets.save()).toBe(text.replace('192.0.2.1', '192.0.2.2'));
    expect(await sets.names()).toEqual(['a b', 'other']);
  });

  test('are what others have made of them', async () => {
    const set = await sets.create('mine', { type: 'hash:ip' });
    await set.add('10.0.0.1');
    ipset(ours, 'destroy mine');
    await expect(set.add('10.0.0.1')).rejects.toMatchObject({ code: 'ERR_NO_SET', set: 'mine' });
    ipset(ours, 'create mine hash:ip,port family inet6');
    await sets.set('mine').add('fe80::1,80');
    ipset(ours, 'create other hash:ip,port family inet6');
    await set.swap('other');
    await set.rename('third');
    expect(set.name).toBe('third');
    expect((await set.head()).elements).toBe(0);
    expect((await sets.set('other').head()).elements).toBe(1);
    await sets.flush();
    expect((await sets.set('other').head()).elements).toBe(0);
  });

  test('are not used any more when they are closed', async () => {
    const set = await sets.create('mine', { type: 'hash:ip' });
    const last = set.add('10.0.0.1');
    await sets.close();
    await last;
    await sets.close();
    await expect(set.add('10.0.0.2')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect(sets.names()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect(Sets.open({ namespace: '/run/netns/none' })).rejects.toMatchObject({ code: 'ERR_NAMESPACE' });
  });

  test('do not get into each other, whatever is done at the same time', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
    const all = await sets.create('all', { type: 'hash:ip' });
    const done: Promise<unknown>[] = [all.add(many)];
    for (let i = 0; i < 20; i++) {
      done.push(sets.restore(`create s${i} hash:ip\nadd s${i} 192.0.2.1\nflush s${i}\nadd s${i} 192.0.2.${i}`));
      done.push(all.test('192.0.2.1'), all.head());
    }
    await Promise.all(done);
    expect((await all.elements()).length).toBe(many.length);
    for (let i = 0; i < 20; i++)
      expect(await sets.set(`s${i}`).save()).toMatch(new RegExp(`^create s${i} .*\nadd s${i} 192\\.0\\.2\\.${i}\n$`));
  });

  test('keep what the lines before a wrong one say', async () => {
    const lines = ['create a hash:ip', 'add a 10.0.0.1', 'add a 10.0.0.2'];
    for (const wrong of ['bogus', 'add a "', 'add a 10.0.0.3 timeout x', 'add a 10.0.0.300', 'add b 10.0.0.1']) {
      await expect(sets.restore([...lines, wrong, 'add a 10.0.0.9'].join('\n'))).rejects.toMatchObject({ line: 4 });
      expect((await sets.set('a').elements()).length).toBe(2);
      await sets.destroy();
    }
    // What the kernel has refused comes first.
    await expect(sets.restore([...lines, 'add a 10.0.0.2', 'bogus'].join('\n'))).rejects.toMatchObject({ line: 4 });
  });
});
