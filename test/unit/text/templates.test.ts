import fc from 'fast-check';
import { anyKernel } from '../../../lib/codec/kernel';
import { LITTLE, Memory } from '../../../lib/codec/struct';
import { TextWriter } from '../../../lib/net/writer';
import { EntryCodec } from '../../../lib/rule/entry';
import { RulePrinter } from '../../../lib/text/print';
import { parseRule } from '../../../lib/text/rule';
import { expect, test } from '../../harness';
import { plainText } from '../../harness/plain';

const heads = {
  ipv4: [
    '',
    '-s 10.0.0.1',
    '-s 10.0.0.100',
    '! -s 192.0.2.254',
    '-s 10.0.0.0/8',
    '-s 10.1.0.0/255.255.0.255',
    '! -s 0.0.0.0/0',
    '! -s 0.0.0.0/0 -d 1.2.3.4',
    '-s 10.1.0.0/255.255.0.255 -d 1.2.3.4',
    '-d 1.2.3.4',
    '-s 1.2.3.4 -d 5.6.7.8 -i eth+',
  ],
  ipv6: ['', '-s fd00::1', '-s fd00::2', '! -s fd00::/8', '-d ::/0', '-d fd00::1 -o lo'],
};
const protocols = ['', '-p tcp', '-p udp', '! -p 47'];
const comments = [
  'x',
  'rule 1',
  'rule 2',
  `it's "quoted" \\`,
  'two words',
  'chéri',
  '\udcff',
  'a'.repeat(255),
  "'".repeat(255),
];
const matches = [
  ...comments.map((comment) => ({ comment: { comment } })),
  { mark: { mark: 1 } },
  { nfacct: { nfacctName: 'a' } },
  { nfacct: { nfacctName: 'b' } },
];
const targets = [
  '',
  '-j DROP',
  '-j ACCEPT',
  '-j chain',
  '-g chain',
  '-g chéri',
  '-j LOG --log-prefix "a b"',
  '-j REJECT',
];

for (const family of ['ipv4', 'ipv6'] as const) {
  const codec = new EntryCodec(anyKernel(family));
  const rules = fc
    .tuple(
      fc.constantFrom(...heads[family]),
      fc.constantFrom(...protocols),
      fc.array(fc.constantFrom(...matches), { maxLength: 3 }),
      fc.constantFrom(...targets),
    )
    .map(([head, protocol, more, target]) => {
      const rule = parseRule(
        `${head} ${protocol} ${protocol === '-p tcp' ? '-m tcp --dport 22' : ''} -m conntrack --ctstate NEW ${target}`,
        { family },
      );
      return codec
        .encode({ ...rule, match: ['match' in rule ? (rule.match ?? []) : [], more].flat() } as Parameters<
          typeof codec.encode
        >[0])
        .slice();
    });

  test(`many rules of ${family} are printed as each by itself`, () => {
    fc.assert(
      fc.property(
        fc.array(rules, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 3 }),
        (entries, times) => {
          const repeated = entries.flatMap((entry) => Array<Uint8Array>(times).fill(entry));
          const memory = new Memory(Uint8Array.from(Buffer.concat(repeated)), 0, codec.kernel);
          const [printer, out] = [new RulePrinter(codec), new TextWriter()];
          for (let at = 0; at < memory.bytes.length; at += memory.view.getUint16(at + codec.shape.nextOffset, LITTLE)) {
            printer.write(out, memory, at);
            expect(out.take()).toBe(plainText(codec.kernel, memory, at));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
}
