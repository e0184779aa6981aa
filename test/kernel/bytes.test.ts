/** Bytes stay bytes, UTF-8 or not: in names, comments and files, through our commands and iptables' own. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { decodeText, encodeText, Firewall, parseRuleset } from '../../lib';
import { load, save } from '../../lib/persist';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { lacksCommands, MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

/** Bytes as characters, which is how they are shown where they differ. */
const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
/** What dates a file, and its comments, aside. */
const rules = (file: Uint8Array) => shown(file).replace(/^#.*\n/gm, '');

const byte = (from: number, to: number, except = '') =>
  fc.integer({ min: from, max: to }).filter((code) => !except.includes(String.fromCharCode(code)));
const bytes = (one: fc.Arbitrary<number>, max: number) =>
  fc.array(one, { minLength: 1, maxLength: max }).map((codes) => Buffer.from(codes).toString('latin1'));
/** Of half of UTF-8's sequences, and of what never stands in any. */
const name = (max: number) =>
  bytes(fc.oneof(byte(0x80, 0xff), byte(0xc2, 0xc3), byte(0x21, 0x7e, '"\'\\!+-')), max).map((text) => `a${text}`);
const remark = (max: number) => bytes(fc.oneof(byte(0x80, 0xff), byte(0x20, 0x7e)), max);
const quoted = (text: string) => `"${text.replace(/["\\']/g, '\\$&')}"`;

/** A file as iptables-save might print it, its bytes as characters. */
const file = fc
  .uniqueArray(fc.tuple(name(27), name(13), remark(255), remark(29)), {
    minLength: 1,
    maxLength: 4,
    selector: ([n]) => n,
  })
  .map((parts) =>
    [
      '*filter',
      ':INPUT DROP [0:0]',
      ':FORWARD ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ...parts.map(([chain]) => `:${chain} - [0:0]`),
      ...parts.flatMap(([chain, device, comment, prefix]) => [
        `-A INPUT -i ${device} -m comment --comment ${quoted(comment)} -j ${chain}`,
        `-A ${chain} -o ${device}+ -j LOG --log-prefix ${quoted(prefix)}`,
        `-A ${chain} -g ${chain === parts[0]![0] ? (parts[1]?.[0] ?? 'a') : 'a'}`,
      ]),
      'COMMIT',
      '',
    ]
      .join('\n')
      .replace(':INPUT', ':a - [0:0]\n:INPUT'),
  );

describeWith(['netns', 'addon', 'iptables', 'legacy'], 'bytes', () => {
  let netns: Netns;
  let firewall: Firewall<'ipv4'>;
  let folder: string;
  beforeAll(async () => {
    netns = new Netns();
    firewall = await Firewall.open({ namespace: netns.path, lock: false });
    folder = temporaryFolder('bytes');
  });
  afterAll(async () => {
    await firewall.close();
    netns.close();
    rmSync(folder, { recursive: true });
  });

  const run = (command: string, args: readonly string[], input: Uint8Array = new Uint8Array()) => {
    const { stdout, stderr, status } = spawnSync('nsenter', [`--net=${netns.path}`, '--', command, ...args], { input });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${shown(stderr)}`);
    return stdout;
  };
  const iptc = (name: string, args: readonly string[] = [], input?: Uint8Array) =>
    run(process.execPath, [MULTI, name, ...args], input);
  /** What is in the kernel, as iptables-legacy has it. */
  const judged = () => rules(run('iptables-legacy-save', ['-t', 'filter']));
  /** Puts a file in, has the kernel print it, and empties the table. */
  const begin = (text: string) => {
    run('iptables-legacy-restore', [], Buffer.from(text, 'latin1'));
    return judged();
  };
  const empty = () => run('iptables-legacy-restore', [], Buffer.from('*filter\nCOMMIT\n'));

  test('come back through save and restore, ours and theirs', () =>
    fc.assert(
      fc.asyncProperty(file, async (text) => {
        const before = begin(text);
        const saved = await firewall.save({ tables: ['filter'] });
        expect(shown(encodeText(saved))).toBe(before);
        const lines: string[] = [];
        for await (const line of firewall.saveLines({ tables: ['filter'] })) lines.push(line);
        for (const input of [saved, encodeText(saved), lines, parseRuleset(encodeText(saved))]) {
          empty();
          await firewall.restore(input);
          expect(judged()).toBe(before);
        }
        empty();
        run('iptables-legacy-restore', [], encodeText(saved));
        expect(judged()).toBe(before);
        const listing = (await firewall.table('filter').state()).listing({ numeric: true, verbose: true });
        expect(shown(encodeText(listing))).toBe(shown(run('iptables-legacy', ['-nvL'])));
      }),
      { numRuns: 40 },
    ));

  test('come back through files that are loaded at boot', () =>
    fc.assert(
      fc.asyncProperty(file, async (text) => {
        const before = begin(text);
        const path = join(folder, 'rules');
        const options = { firewalls: [firewall], files: { ipv4: path }, tables: ['filter'] } as const;
        expect(await save(options)).toMatchObject([{ saved: true }]);
        expect(rules(readFileSync(path))).toBe(before);
        expect(await save({ ...options, ifChanged: true })).toMatchObject([{ saved: false }]);
        empty();
        expect(await load(options)).toMatchObject([{ outcome: 'loaded' }]);
        expect(judged()).toBe(before);
        // Comments of the file's own stay as they are.
        const remark = Buffer.concat([Buffer.from('# '), Buffer.from([0xff, 0xc3, 10]), readFileSync(path)]);
        writeFileSync(path, remark);
        await save(options);
        expect(shown(readFileSync(path))).toContain('# \xff\xc3\n');
      }),
      { numRuns: 15 },
    ));

  test('of an ip_set name it', async () => {
    if (spawnSync('ipset', ['version']).error) return;
    run('sh', ['-c', 'ipset create "$(printf "s\\377\\303")" hash:ip']);
    await firewall.table('filter').chain('INPUT').append('-m set --match-set s\udcff\udcc3 src -j DROP');
    expect(judged()).toContain('--match-set s\xff\xc3 src');
    expect(shown(encodeText(await firewall.save({ tables: ['filter'] })))).toBe(judged());
    empty();
  });

  if (lacksCommands()) return;
  test('come back through the commands, by files and pipes', () =>
    fc.assert(
      fc.property(file, (text) => {
        const before = begin(text);
        const path = join(folder, 'saved');
        expect(rules(iptc('iptc-save', ['-t', 'filter']))).toBe(before);
        iptc('iptc-save', ['-f', path, '-t', 'filter']);
        expect(rules(readFileSync(path))).toBe(before);
        expect(shown(iptc('iptc', ['diff', path]))).toBe('');
        const xml = (stdout: Uint8Array) => shown(stdout).replace(/<!--.*-->\n/g, '');
        expect(xml(iptc('iptables-xml', [path]))).toBe(xml(run('xtables-legacy-multi', ['iptables-xml', path])));
        empty();
        iptc('iptc-restore', [path]);
        expect(judged()).toBe(before);
        empty();
        iptc('iptc-restore', [], readFileSync(path));
        expect(judged()).toBe(before);
      }),
      { numRuns: 5 },
    ));

  test('come back where new rules are not confirmed', () => {
    const before = begin(
      '*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:c\xff - [0:0]\n-A c\xff -i e\xfc+ -m comment --comment "f\xfcr \xc3"\nCOMMIT\n',
    );
    const path = join(folder, 'new');
    writeFileSync(path, '*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n');
    const { status, stderr } = spawnSync(
      'nsenter',
      [`--net=${netns.path}`, '--', process.execPath, MULTI, 'iptc-apply', '-t', '5', path],
      { input: 'n' },
    );
    expect([status, String(stderr)]).toEqual([255, '']);
    expect(judged()).toBe(before);
  });

  test('of a command line stay what the shell gave', () => {
    empty();
    const words = String.raw`"$(printf 'c\377\303')" -m comment --comment "$(printf 'f\374r \303')" -j ACCEPT`;
    for (const command of ['iptables-legacy', `'${process.execPath}' '${MULTI}' iptc`]) {
      run('sh', ['-c', `${command} -N "$(printf 'c\\377\\303')" && ${command} -A ${words} && ${command} -C ${words}`]);
      expect(judged()).toContain('-A c\xff\xc3 -m comment --comment "f\xfcr \xc3" -j ACCEPT\n');
      run('sh', ['-c', `${command} -D ${words} && ${command} -X "$(printf 'c\\377\\303')"`]);
      expect(judged()).not.toContain('c\xff');
    }
    run('sh', [
      '-c',
      `printf '*filter\nCOMMIT\n' > "$1/$(printf '\\377')"; "$2" "$3" iptc-restore "$1/$(printf '\\377')"`,
      'sh',
      folder,
      process.execPath,
      MULTI,
    ]);
  });

  test('are what decodeText and encodeText make of each other', () => {
    expect(decodeText(Buffer.from([0x61, 0xff, 0, 0xc3, 0xa4]))).toBe('a\udcff\0ä');
    expect([...encodeText('a\udcff\0ä')]).toEqual([0x61, 0xff, 0, 0xc3, 0xa4]);
  });
});
