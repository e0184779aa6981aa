import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Firewall } from '../../lib';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';

/** How many edits each writer makes, and how often one is killed. */
const EDITS = Number(process.env.NFT_EDITS ?? 25);
const KILLS = Number(process.env.NFT_KILLS ?? 5);
const PACKAGE = JSON.stringify(join(__dirname, '../..'));

describeWith(['netns', 'addon', 'nft'], 'writers of the same tables of nf_tables', () => {
  let netns: Netns;
  beforeEach(() => {
    netns = new Netns();
  });
  afterEach(() => netns.close());

  /** A process of its own, which has a firewall and an input to read. */
  const child = (body: string) =>
    spawn(
      process.execPath,
      [
        '-e',
        `const { Firewall } = require(${PACKAGE});
(async () => {
  const firewall = await Firewall.open({ backend: 'nft', namespace: ${JSON.stringify(netns.path)} });
  ${body}
  await firewall.close();
})().catch((error) => { console.error(error); process.exit(1); });`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
  const ended = (process: ReturnType<typeof child>) =>
    new Promise<string>((resolve) => {
      let said = '';
      process.stderr.on('data', (data) => {
        said += data;
      });
      process.on('close', (status, signal) => resolve(`${said}${signal ?? status}`));
    });
  const address = (writer: number, i: number) => `10.${writer}.${i >> 8}.${i & 255}`;

  test(`lose none of each other's edits: four with ${EDITS} each, two of them iptables-nft`, {
    timeout: 20_000 + EDITS * 1000,
  }, async () => {
    const firewall = await Firewall.open({ backend: 'nft', namespace: netns.path });
    const input = firewall.table('filter').chain('INPUT');
    const forward = firewall.table('filter').chain('FORWARD');
    const own = async () => {
      for (let i = 0; i < EDITS; i++) {
        // Read, and written on what has been read.
        if (i % 2) await firewall.table('filter').transaction((tx) => tx.chain('INPUT').append(`-s ${address(1, i)}`));
        else await input.append(`-s ${address(1, i)}`);
      }
    };
    const other = child(`
      const input = firewall.table('filter').chain('INPUT');
      const address = (i) => '10.2.' + (i >> 8) + '.' + (i & 255);
      for (let i = 0; i < ${EDITS}; i++) {
        if (i % 2) await input.append('-s ' + address(i));
        else input.appendSync('-s ' + address(i));
        await firewall.table('filter').chain('FORWARD').insert('-s ' + address(i));
        if (i % 3 === 0) await firewall.table('filter').chain('FORWARD').delete('-s ' + address(i));
      }`);
    const command = async (writer: number) => {
      for (let i = 0; i < EDITS; i++) {
        const { status, stderr } = await netns.exec('iptables-nft', ['-A', 'INPUT', '-s', address(writer, i)]);
        expect([stderr, status]).toEqual(['', 0]);
      }
    };
    const [, end] = await Promise.all([own(), ended(other), command(3), command(4)]);
    expect(end).toBe('0');

    const found = (await input.list()).map(({ source }) => String(source).replace('/32', ''));
    // In the order in which each has written them.
    for (const writer of [1, 2, 3, 4])
      expect(found.filter((each) => each.startsWith(`10.${writer}.`))).toEqual(
        Array.from({ length: EDITS }, (_, i) => address(writer, i)),
      );
    expect(found).toHaveLength(4 * EDITS);
    expect(await forward.list()).toHaveLength(EDITS - Math.ceil(EDITS / 3));
    expect(netns.execSync('iptables-nft-save', ['-t', 'filter']).stdout.match(/^-A INPUT/gm)).toHaveLength(4 * EDITS);
    await firewall.close();
  });

  test(`that are killed leave all of an edit or nothing: ${KILLS} times`, {
    timeout: 20_000 + KILLS * 3000,
  }, async () => {
    const COUNT = 200;
    const firewall = await Firewall.open({ backend: 'nft', namespace: netns.path });
    for (let kill = 0; kill < KILLS; kill++) {
      const writer = child(`
        for (let n = 0; ; n++) {
          const rules = Array.from({ length: ${COUNT} }, (_, i) => '-m comment --comment ' + n + ' -s 10.0.0.' + (i & 255));
          await firewall.transaction(async (tx) => {
            for (const table of ['filter', 'nat', 'mangle']) {
              await tx.table(table).chain('OUTPUT').flush();
              await tx.table(table).chain('OUTPUT').appendAll(rules);
            }
          });
          if (n === 0) console.log('begun');
        }`);
      const end = ended(writer);
      for await (const line of createInterface(writer.stdout)) if (line === 'begun') break;
      await new Promise((resolve) => setTimeout(resolve, (kill * 7.3) % 41));
      writer.kill('SIGKILL');
      expect(await end).toBe('SIGKILL');
      const seen = await Promise.all(
        (['filter', 'nat', 'mangle'] as const).map((table) => firewall.table(table).chain('OUTPUT').list()),
      );
      const written = seen.map((rules) => new Set(rules.map((rule) => JSON.stringify(rule.match))));
      for (const [i, rules] of seen.entries()) {
        expect(rules).toHaveLength(COUNT);
        expect(written[i]!.size).toBe(1);
        expect(written[i]).toEqual(written[0]);
      }
    }
    await firewall.close();
  });
});
