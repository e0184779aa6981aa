import { anyKernel } from '../../../lib/codec/kernel';
import { Memory } from '../../../lib/codec/struct';
import { QuickEncoder } from '../../../lib/file/quick';
import { EntryCodec } from '../../../lib/rule/entry';
import { ELEMENT_HEADER } from '../../../lib/rule/layout';
import { parseLine } from '../../../lib/text/parse';
import { RulePrinter } from '../../../lib/text/print';
import { Random } from '../../fuzz/random';
import { expect, test, vi } from '../../harness';
import { plainEntry, plainText } from '../../harness/plain';

/** Changed elements of each kind. */
const EACH = Number(process.env.CHANGED_ELEMENTS ?? 200);
const r = new Random(1);
/** Besides those that are measured: forms of the same options that aren't. */
const others: readonly (() => string)[] = [
  () => `-m conntrack --ctorigsrc 10.${r.below(256)}.0.0/${9 + r.below(20)} --ctexpire ${1 + r.below(1000)}`,
  () => `-m conntrack ! --ctreplsrc 192.0.2.${r.below(256)} --ctreplsrcport ${r.below(1000)}:${1000 + r.below(1000)}`,
  () =>
    `-m connbytes ! --connbytes ${r.below(2 ** 20)}:${2 ** 32 + r.below(2 ** 30)} --connbytes-mode bytes --connbytes-dir both`,
  () => `-m connbytes --connbytes ${r.below(2 ** 31)} --connbytes-mode packets --connbytes-dir reply`,
  () => `-m statistic --mode nth ! --every ${2 + r.below(2 ** 30)} --packet 0`,
  () => `-m time --timestart 00:00:00 --timestop 1${r.below(10)}:${10 + r.below(50)}:00 --datestop 2038-01-19T03:14:07`,
  () =>
    `-m time --timestart 2${r.below(4)}:${10 + r.below(50)}:59 --timestop 06:00:00 --datestop 2038-01-19T03:14:07 --contiguous`,
  () =>
    `-m hashlimit --hashlimit-above ${1 + r.below(900)}/sec --hashlimit-burst ${1 + r.below(900)} --hashlimit-name h --hashlimit-htable-expire ${60_000 + r.below(60_000)}`,
  () =>
    `-m string --hex-string "|00${r
      .below(2 ** 31)
      .toString(16)
      .padStart(8, '0')}|" --algo bm`,
  () =>
    `-m u32 ! --u32 "0x${r.below(64).toString(16)}>>0x10&0xffff=0x1,0x${(3 + r.below(99)).toString(16)}:0xffff&&0x4=0x${r.below(2 ** 31).toString(16)}"`,
  () =>
    `-m hashlimit --hashlimit-upto ${1 + r.below(60)}/${r.pick(['sec', 'min', 'hour', 'day'])} --hashlimit-burst ${1 + r.below(9)} --hashlimit-name h`,
  () => `-m ttl ! --ttl-eq ${1 + r.below(255)}`,
  () => `-j TTL --ttl-dec ${1 + r.below(255)}`,
];

/** What has no holes, or none always. */
const rarities: readonly (() => string)[] = [
  () =>
    `-m hashlimit --hashlimit-upto ${1 + r.below(64)}kb/s --hashlimit-burst ${65 + r.below(64)}kb --hashlimit-name h`,
  () =>
    `-m hashlimit --hashlimit-above ${1 + r.below(64)}kb/s --hashlimit-name h --hashlimit-htable-expire ${r.pick([15_000, 60_000])}`,
  () =>
    `-m hashlimit --hashlimit-above ${1 + r.below(60)}/min --hashlimit-name h --hashlimit-rate-match --hashlimit-rate-interval ${r.pick([1, 60])}`,
  () =>
    `-m time --timestop ${r.pick(['23:59:59', '12:00'])} --weekdays ${r.pick(['Mon', 'Tue,Sun'])} --datestart 20${10 + r.below(9)}`,
  () => `-m time --monthdays ${1 + r.below(30)} --kerneltz`,
  () => `-m statistic --mode random ! --probability 0.${r.below(2)}`,
  () => `-m conntrack --ctorigsrc 192.0.2.${r.below(9)}/${r.pick([24, 32])} --ctproto ${r.pick([6, 17])} --ctdir REPLY`,
  () => `-m string --string "a${r.pick(['b', 'c|'])}" --algo kmp --from 7 --icase`,
  () => `-p icmp -m icmp ! --icmp-type ${r.pick(['any', '8', '3/0', 'echo-reply'])}`,
  () => `-j TTL --ttl-inc 1`,
];
const rawRarities: readonly (() => string)[] = [
  () => `-j CT --zone ${r.pick([1 + r.below(65535), 'mark'])}`,
  () => `-j CT --zone-${r.pick(['orig', 'reply'])} ${r.pick([r.below(3), 'mark'])}`,
  () => `-j CT --notrack`,
];
const measured = async () => {
  const { words } = await import('../../../bench/values.mjs');
  return words((below) => r.below(below));
};

test('rules are printed and read by what was learnt from others, though each has values of its own', async () => {
  for (const say of [...(await measured()), ...others]) {
    const kernel = anyKernel('ipv4');
    const [reading, printing] = [new EntryCodec(kernel), new EntryCodec(kernel)];
    const learns = vi.spyOn(reading.encoder.elements, 'write');
    const decodes = vi.spyOn(printing, 'decodeElement');
    const quick = new QuickEncoder(reading);
    const printer = new RulePrinter(printing);
    for (let n = 0; n < 150; n++) {
      const saved = new EntryCodec(kernel);
      const memory = new Memory(saved.encode(parseLine('ipv4', say()).rule).slice(), 0, kernel);
      const text = plainText(kernel, memory, 0);
      expect(printer.print(memory, 0)).toBe(text);
      const line = `-A FORWARD${text}`;
      const entry = quick.encode(line, 0, 'mangle', undefined);
      const made = { chain: 'FORWARD', bytes: Buffer.from(entry ?? []).toString('hex') };
      expect({ line, made }).toEqual({ line, made: plainEntry(saved, line, 'mangle') });
    }
    // The words around are few; values are as many as rules.
    const found = { like: say(), learns: learns.mock.calls.length < 40, decodes: decodes.mock.calls.length < 80 };
    expect(found).toEqual({ ...found, learns: true, decodes: true });
  }
});

test('what was learnt is only used for what is like it: elements with parts of others are printed as by themselves', async () => {
  const kernel = anyKernel('ipv4');
  const codec = new EntryCodec(kernel);
  const printer = new RulePrinter(codec);
  const [head, name, revision] = [codec.shape.size, 2, 31];
  const byHeader = new Map<string, Uint8Array[]>();
  const all = [...(await measured()), ...others, ...rarities, ...rawRarities];
  for (const say of all)
    for (let n = 0; n < 20; n++) {
      const entry = codec.encode(parseLine('ipv4', say()).rule).slice();
      const header = Buffer.from(entry.subarray(head, head + ELEMENT_HEADER)).toString('latin1');
      byHeader.set(header, [...(byHeader.get(header) ?? []), entry]);
    }
  for (const [header, entries] of byHeader)
    for (let n = 0; n < EACH; n++) {
      const entry = r.pick(entries).slice();
      const size = header.charCodeAt(0) + 256 * header.charCodeAt(1) - ELEMENT_HEADER;
      for (let changes = r.below(3); changes > 0; changes--) {
        const [from, length] = [head + ELEMENT_HEADER + r.below(size), 1 + r.below(8)];
        if (r.below(8) === 0) entry[from] = r.below(256);
        else entry.set(r.pick(entries).subarray(from, Math.min(from + length, head + ELEMENT_HEADER + size)), from);
      }
      const memory = new Memory(entry, 0, kernel);
      const what = header.slice(name, revision).replace(/\0/g, '');
      expect({ what, text: printer.print(memory, 0) }).toEqual({ what, text: plainText(kernel, memory, 0) });
      expect(codec.decode(memory, 0)).toEqual(new EntryCodec(kernel).decode(memory, 0));
    }
});
