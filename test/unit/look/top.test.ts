import { Firewall } from '../../../lib/index';
import { Counting } from '../../../lib/look/counting';
import { FIRST_VIEW, pressed, type TopView, topRows, topScreen } from '../../../lib/look/top';
import type { Reading } from '../../../lib/look/watch';
import { widthOf } from '../../../lib/look/width';
import { MemoryBackend } from '../../../lib/testing';
import { beforeEach, describe, expect, test } from '../../harness';

const RULES = `*filter
:INPUT DROP [5:500]
:web - [0:0]
-A INPUT -s 10.0.0.1/32 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 80 -j web
-A web -j DROP
-A web -j DROP
COMMIT
`;

let backend: MemoryBackend;
let firewall: Firewall<'ipv4'>;
let counting: Counting;
let now: number;
const count = (chain: string, position: number, packets: number) =>
  backend.count('filter', chain, position, { packets, bytes: packets * 100 });
const read = async (seconds = 1) => {
  now += seconds * 1000;
  counting.read(await firewall.table('filter').state(), now);
};
const rates = () => [...counting.rules.packetRate];
const reading = (): Reading => ({
  tables: [{ family: 'ipv4', name: 'filter', counting }],
  sets: [{ name: 'blocked', type: 'hash:net', elements: 12345 }],
  connections: 7,
});

beforeEach(async () => {
  backend = new MemoryBackend('ipv4');
  firewall = await Firewall.open({ backend });
  await firewall.restore(RULES, { counters: true });
  counting = new Counting();
  now = 0;
  await read();
});

describe('counting', () => {
  test('gives what was counted, and how much in a second', async () => {
    expect(counting.policies.packets[0]).toBe(5);
    expect(rates()).toEqual([0, 0, 0, 0]);
    count('INPUT', 2, 10);
    count('web', 1, 4);
    await read(2);
    expect(counting.version).toBe(1);
    expect(rates()).toEqual([0, 5, 2, 0]);
    expect([...counting.rules.byteRate]).toEqual([0, 500, 200, 0]);
    expect([...counting.rules.packets]).toEqual([0, 10, 4, 0]);
    await read();
    expect(rates()).toEqual([0, 0, 0, 0]);
  });
  test('knows rules again when others come and go', async () => {
    count('web', 1, 1000);
    count('web', 2, 2000);
    count('INPUT', 2, 50);
    await read();
    await firewall.table('filter').chain('INPUT').insert('-s 10.0.0.9 -j DROP');
    count('INPUT', 1, 3);
    count('web', 2, 7);
    await read();
    expect(counting.version).toBe(2);
    expect(rates()).toEqual([3, 0, 0, 0, 7]);
    expect(counting.text(0)).toBe('-s 10.0.0.9/32 -j DROP');
    await firewall.table('filter').chain('INPUT').zero();
    count('INPUT', 3, 2);
    await read();
    expect(rates()).toEqual([0, 0, 2, 0, 0]);
  });
  test('counts beyond 32 bits', async () => {
    count('INPUT', 1, 2 ** 33 + 1);
    await read();
    expect(counting.rules.packets[0]).toBe(2 ** 33 + 1);
    expect(counting.rules.bytes[0]).toBe((2 ** 33 + 1) * 100);
  });
  test('has the same texts one by one and all together', () => {
    const one = [0, 1, 2, 3].map((i) => counting.text(i));
    expect(one).toEqual(['-s 10.0.0.1/32 -j ACCEPT', '-p tcp -m tcp --dport 80 -j web', '-j DROP', '-j DROP']);
    expect(counting.allTexts()).toEqual(one);
    expect([0, 1, 2, 3].map((i) => counting.state.chains[counting.chainOf(i)]!.name)).toEqual([
      'INPUT',
      'INPUT',
      'web',
      'web',
    ]);
  });
});

describe('iptc top', () => {
  const view = (keys: string, from: TopView = FIRST_VIEW) => {
    let now: TopView | undefined = from;
    for (const key of keys) now = now && pressed(now, key, reading(), 10);
    return now!;
  };
  const shown = (of: TopView, rows = 10) =>
    topRows(reading(), of, rows).rows.map(({ chain, position }) => `${chain}${position ?? ''}`);

  test('shows first what counts most', async () => {
    count('web', 2, 9);
    await read();
    count('INPUT', 2, 5);
    count('web', 1, 6);
    await read();
    expect(shown(FIRST_VIEW)).toEqual(['web1', 'INPUT2', 'INPUT1', 'web2']);
    expect(shown(FIRST_VIEW, 2)).toEqual(['web1', 'INPUT2']);
    expect(shown({ ...FIRST_VIEW, above: 1 }, 2)).toEqual(['INPUT2', 'INPUT1']);
    expect(shown(view('ss'))).toEqual(['web2', 'web1', 'INPUT2', 'INPUT1']);
    expect(shown(view('ssss'))).toEqual(['INPUT1', 'INPUT2', 'web1', 'web2']);
    expect(view('sssss')).toEqual(FIRST_VIEW);
    expect(topRows(reading(), view('c'), 9).rows.slice(0, 2)).toMatchObject([
      { chain: 'web', position: undefined, numbers: [6, 600, 15, 1500], text: '2 rules' },
      { chain: 'INPUT', numbers: [5, 500, 10, 1000], text: '2 rules, policy DROP' },
    ]);
  });
  test('finds words, tables and families', () => {
    expect(shown(view('/web\r'))).toEqual(['INPUT2', 'web1', 'web2']);
    expect(shown(view('/WEB drop\r'))).toEqual(['web1', 'web2']);
    expect(view('/webx\u007f\u007f').search).toBe('we');
    expect(view('/web\u001b').search).toBe('');
    expect(view('/q').typed).toBe('q');
    expect(shown(view('t'))).toHaveLength(4);
    expect(shown({ ...FIRST_VIEW, table: 'nat' })).toEqual([]);
    expect(shown(view('f'))).toHaveLength(4);
    expect(shown(view('ff'))).toEqual([]);
    expect(pressed(FIRST_VIEW, 'q', reading(), 1)).toBeUndefined();
  });
  test('has a screen that fits, and says what there is', async () => {
    count('INPUT', 1, 1500);
    await read();
    const size = { lines: 9, colour: false, time: '12:00:00' };
    expect(topScreen(reading(), FIRST_VIEW, { ...size, columns: 100 })).toEqual([
      'iptc top  12:00:00  1 table, 4 rules, 1 set, 7 connections',
      'sort packets/s, family both, table all',
      '>packets/s   bytes/s   packets     bytes    rules',
      '      1.5K      150K      1.5K      150K    filter INPUT 1  -s 10.0.0.1/32 -j ACCEPT',
      '         -         -         -         -    filter INPUT 2  -p tcp -m tcp --dport 80 -j web',
      '         -         -         -         -    filter web 1    -j DROP',
      '         -         -         -         -    filter web 2    -j DROP',
      '',
      '1-4 of 4   h help  s sort  c chains  f family  t table  / search  q quit',
    ]);
    for (const keys of ['', 'c', 'cc', 'h', '/web']) {
      const lines = topScreen(reading(), view(keys), { ...size, columns: 40, colour: true });
      expect(lines).toHaveLength(9);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(40);
    }
    expect(topScreen(reading(), view('cc'), { ...size, columns: 80 })[3]).toMatch(/^ +12K {2}blocked +hash:net$/);
    const less = { ...reading(), sets: undefined, connections: undefined };
    expect(topScreen(less, FIRST_VIEW, { ...size, columns: 100 })[0]).toContain(
      'no sets to be had, no connections to be had',
    );
  });
});
