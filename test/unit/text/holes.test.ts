import { type Hole, REGULAR } from '../../../lib/codec/hole';
import { anyKernel } from '../../../lib/codec/kernel';
import { LITTLE, Memory } from '../../../lib/codec/struct';
import { registry } from '../../../lib/extensions/registry';
import { QuickEncoder } from '../../../lib/file/quick';
import { TextReader } from '../../../lib/net/reader';
import { TextWriter } from '../../../lib/net/writer';
import { EntryCodec } from '../../../lib/rule/entry';
import { ELEMENT_HEADER, STANDARD_SIZE } from '../../../lib/rule/layout';
import { RulePrinter } from '../../../lib/text/print';
import { Random } from '../../fuzz/random';
import { expect, test } from '../../harness';
import { plainEntry, plainText } from '../../harness/plain';

/** What the bytes of a hole may be: words that differ in one place, texts, ports and addresses of all forms. */
function fill(r: Random, bytes: Uint8Array): void {
  const kind = r.below(6);
  if (kind === 0) return;
  if (kind === 1) bytes.fill(r.pick([0, 0xff]));
  else if (kind === 2) for (let i = 0; i < bytes.length; i++) bytes[i] = r.below(256);
  else if (kind === 3) {
    const length = r.below(Math.min(bytes.length, 12) + 1);
    for (let i = 0; i < bytes.length; i++) bytes[i] = i < length ? r.pick([...Buffer.from(`a_-1 "'\\\té|`)]) : 0;
  } else for (let n = r.below(3); n >= 0; n--) bytes[r.below(bytes.length)] = r.pick([0, 1, 2, 0xff, r.below(256)]);
}

/** Lines that were read without the parser. */
let read = 0;

/** Whether a hole reads its own words; then as the bytes that they were. */
function readBack(hole: Hole, m: Memory): boolean {
  const out = new TextWriter();
  hole.write(m, out);
  const text = out.take();
  const blank = new Memory(m.bytes.slice(), m.at, m.kernel);
  for (const { offset, type } of hole.members) blank.bytes.fill(0, m.at + offset, m.at + offset + type.size);
  const words = new TextReader().on(text, 0, text.length);
  if (!hole.read(blank, words)) return false;
  expect({ text, atEnd: words.atEnd, bytes: blank.bytes }).toEqual({ text, atEnd: true, bytes: m.bytes });
  return true;
}

for (const family of ['ipv4', 'ipv6'] as const) {
  const codec = new EntryCodec(anyKernel(family));
  const names = (['match', 'target'] as const).flatMap((kind) =>
    registry[kind].names(family).map((name) => registry[kind].find(family, name)!),
  );
  const varying = [...new Set(names)].flatMap((extension) =>
    extension.revisions.flatMap((revision) => (revision.holes.length > 0 ? [{ extension, revision }] : [])),
  );

  /** A rule with that element alone, in that revision. */
  function entry(kind: 'match' | 'target', name: string, number: number, size: number, protocol: number): Uint8Array {
    const head = codec.encode({ protocol }).slice(0, codec.shape.size);
    const element = new Uint8Array(ELEMENT_HEADER + size);
    const view = new DataView(element.buffer);
    view.setUint16(0, element.length, LITTLE);
    element.set(Buffer.from(name), 2);
    element[31] = number;
    const standard = codec.encode({}).slice(codec.shape.size);
    const bytes = Uint8Array.from(Buffer.concat([head, element, ...(kind === 'match' ? [standard] : [])]));
    const whole = new DataView(bytes.buffer);
    const target = kind === 'match' ? bytes.length - STANDARD_SIZE : head.length;
    whole.setUint16(codec.shape.targetOffset, target, LITTLE);
    whole.setUint16(codec.shape.nextOffset, bytes.length, LITTLE);
    return bytes;
  }

  test(`there are extensions of ${family} that vary`, () => {
    const found = varying.map(({ extension }) => extension.name);
    for (const name of ['tcp', 'udp', 'comment', 'mark', 'multiport', 'DNAT', 'SNAT', 'LOG', 'MARK'])
      expect(found).toContain(name);
  });

  test.each(varying.map(({ extension: { name, kind }, revision: { number } }) => [kind, name, number] as const))(
    `what is known of others says of, and reads as, ${family} %s %s, revision %d, what it says by itself`,
    (kind, name, number) => {
      const { extension, revision } = varying.find(
        (v) => v.extension.name === name && v.extension.kind === kind && v.revision.number === number,
      )!;
      const r = new Random(number + 1);
      const printer = new RulePrinter(codec);
      const quick = new QuickEncoder(codec);
      const table = extension.definition.where?.tables?.[0] ?? 'filter';
      let words = 0;
      const size = revision.size;
      const bytes = entry(kind, extension.kernelName, number, size, extension.definition.where?.protocols?.[0] ?? 0);
      const data = codec.shape.size + ELEMENT_HEADER;
      const members = revision.holes.flatMap((hole) => hole.members);
      const memory = new Memory(bytes, 0, codec.kernel);
      const examples = [extension.definition.example].flatMap((example) => {
        try {
          const written = codec.encode({
            protocol: extension.definition.where?.protocols?.[0] ?? 0,
            ...(kind === 'match' ? { match: [{ [name]: example }] } : { target: { [name]: example } }),
          } as Parameters<typeof codec.encode>[0]);
          return written.length === bytes.length && written[data - 1] === number
            ? [written.slice(data, data + size)]
            : [];
        } catch {
          return [];
        }
      });
      for (let n = 0; n < 1000; n++) {
        if (n % 20 === 0) {
          // What is around the holes stays for a while, so that templates are used.
          bytes.fill(0, data, data + size);
          if (examples.length > 0 && r.below(4) > 0) bytes.set(r.pick(examples), data);
          for (let changes = r.below(4); changes > 0; changes--)
            bytes[data + r.below(size)] = r.pick([0, 1, 2, 3, 4, 0xff, r.below(256)]);
        }
        for (const { offset, type } of members)
          if (r.below(2)) fill(r, bytes.subarray(data + offset, data + offset + type.size));
        // Both ends of a pair the same.
        const [first, second] = members;
        if (second && first!.type.size === second.type.size && r.below(3) === 0)
          bytes.copyWithin(data + second.offset, data + first!.offset, data + first!.offset + first!.type.size);
        memory.at = data;
        for (const hole of revision.holes) if (hole.formOf(memory) === REGULAR && readBack(hole, memory)) words++;
        const text = printer.print(memory, 0);
        expect(text).toBe(plainText(codec.kernel, memory, 0));
        const line = `-A c${text}`;
        const entry = quick.encode(line, 0, table, undefined);
        if (entry) {
          read++;
          const made = { chain: 'c', bytes: Buffer.from(entry).toString('hex') };
          expect({ line, made }).toEqual({ line, made: plainEntry(new EntryCodec(codec.kernel), line, table) });
        }
        expect(codec.decode(memory, 0)).toEqual(new EntryCodec(codec.kernel).decode(memory, 0));
      }
      // Addresses need flags that agree with them.
      if (!['iprange', 'DNAT', 'SNAT'].includes(name)) expect(words).toBeGreaterThan(0);
    },
  );
}

test('many of them are read so', () => {
  expect(read).toBeGreaterThan(1000);
});

test('what iptables remarks on is left to the parser each time', () => {
  const quick = new QuickEncoder(new EntryCodec(anyKernel('ipv4')));
  const encode = (options: string) => quick.encode(`-A c -m iprange ${options} -j ACCEPT`, 0, 'filter', undefined);
  expect(encode('--src-range 10.0.0.1-10.0.0.9')).toBeDefined();
  for (let n = 0; n < 2; n++) {
    expect(encode('--src-range 10.0.0.9-10.0.0.1')).toBeUndefined();
    expect(encode('! --dst-range 10.0.0.9-10.0.0.1')).toBeUndefined();
  }
});

/** Encodes lines of a table one after the other; gives whether each was read without the parser. */
function readQuickly(table: string, lines: readonly string[]): boolean[] {
  const quick = new QuickEncoder(new EntryCodec(anyKernel('ipv4')));
  return lines.map((line) => {
    const entry = quick.encode(line, 0, table, undefined);
    if (!entry) return false;
    const made = { chain: 'c', bytes: Buffer.from(entry).toString('hex') };
    expect({ line, made }).toEqual({ line, made: plainEntry(new EntryCodec(anyKernel('ipv4')), line, table) });
    return true;
  });
}

test('what a check refuses is left to the parser, though others like it were read', () => {
  for (const [table, fits, refused] of [
    [
      'filter',
      '-m recent --update --seconds 60 --hitcount 4 --name x',
      '-m recent --update --seconds 60 --hitcount 65536 --name x',
    ],
    ['filter', '-m recent --set --name x', '-m recent --set --name x/y'],
    ['filter', '-m limit --limit 1/day --limit-burst 6', '-m limit --limit 1/day --limit-burst 7'],
    [
      'filter',
      '-m hashlimit --hashlimit-upto 5/min --hashlimit-name x',
      '-m hashlimit --hashlimit-upto 5/min --hashlimit-name ..',
    ],
    ['filter', '-m owner --uid-owner 5', '-m owner --uid-owner 4294967295'],
    ['mangle', '-j TEE --gateway 192.0.2.1', '-j TEE --gateway 0.0.0.0'],
  ] as const) {
    const saved = (line: string) =>
      `-A c ${line}`
        .replace(/(-m recent .*)$/, '$1 --mask 255.255.255.255 --rsource')
        .replace(/(--hashlimit-upto \S+)/, '$1 --hashlimit-burst 5');
    expect([fits, ...readQuickly(table, [fits, refused, fits].map(saved))]).toEqual([fits, true, false, true]);
  }
});

test('a target that depends on the matches before it is read by what was learnt, in each rule by its own', () => {
  const syn = '-A c -p tcp -m tcp --tcp-flags SYN,RST SYN';
  const lines = [
    `${syn} -j TCPMSS --clamp-mss-to-pmtu`,
    `${syn} -m comment --comment x -j TCPMSS --clamp-mss-to-pmtu`,
    '-A c -p tcp -m tcp --dport 22 -j TCPMSS --clamp-mss-to-pmtu',
    '-A c -p tcp -j TCPMSS --clamp-mss-to-pmtu',
    `${syn} -j TCPMSS --clamp-mss-to-pmtu`,
  ];
  expect(readQuickly('mangle', lines)).toEqual([true, true, false, false, true]);
});

test('names with something beneath them, beginnings of interfaces, and IPv6 are read without the parser', () => {
  const name = (list: string) => `-A c -m recent --set --name ${list} --mask 255.255.255.255 --rsource`;
  expect(readQuickly('filter', [name('DEFAULT'), name('x'), name('abcdefghij'), name('xyz')])).not.toContain(false);
  const bridge = (port: string) => `-A c -m physdev --physdev-in ${port}`;
  expect(readQuickly('filter', [bridge('tap1'), bridge('tap+'), bridge('tap12')])).not.toContain(false);
  const codec = new EntryCodec(anyKernel('ipv6'));
  const quick = new QuickEncoder(codec);
  for (const to of ['[2001:db8::1]:80', '[2001:db8::2-2001:db8::9]:80-90', '2001:db8::3']) {
    const line = `-A c -p tcp -j DNAT --to-destination ${to}`;
    const entry = quick.encode(line, 0, 'nat', undefined);
    const made = { chain: 'c', bytes: Buffer.from(entry!).toString('hex') };
    expect({ line, made }).toEqual({ line, made: plainEntry(new EntryCodec(anyKernel('ipv6')), line, 'nat') });
  }
});

test('one that no option would write so is not taken for others that are like it', () => {
  const codec = new EntryCodec(anyKernel('ipv4'));
  const printer = new RulePrinter(codec);
  const recent = (settings: object) => {
    const entry = codec.encode({ match: [{ recent: { update: true, name: 'abcdefghij', ...settings } }] }).slice();
    return { text: () => printer.print(new Memory(entry, 0, codec.kernel), 0), entry };
  };
  const text = (n: number) => recent({ hitcount: n, seconds: 9 }).text();
  for (const n of [1, 2, 3]) expect(text(n)).toContain(`--hitcount ${n} `);
  expect(text(0)).not.toContain('--hitcount');
  const named = recent({ hitcount: 4, seconds: 9 });
  expect(named.text()).not.toContain('[unprintable]');
  // Where a shorter name ends, DEFAULT shows behind it.
  const name = Buffer.from(named.entry.buffer, named.entry.byteOffset).indexOf('abcdefghij');
  named.entry.fill(0, name + 1, name + 10);
  expect(named.text()).toContain('[unprintable]');
});

test('control characters are no digits', () => {
  const quick = new QuickEncoder(new EntryCodec(anyKernel('ipv4')));
  const encode = (last: string) =>
    quick.encode(`-A c -m mac --mac-source 00:00:5E:00:53:${last} -j ACCEPT`, 0, 'filter', undefined);
  expect(encode('01')).toBeDefined();
  expect(encode('aF')).toBeDefined();
  expect(encode('0\x11')).toBeUndefined();
});
