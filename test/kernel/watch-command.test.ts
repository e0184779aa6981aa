import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Firewall } from '../../lib';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const IPTC = join(__dirname, '../../dist/cli/iptc.js');

describeWith(['netns', 'addon'], 'iptc watch', () => {
  const folder = temporaryFolder('watch');
  const file = join(folder, 'rules');
  let netns: Netns;
  let firewall: Firewall<'ipv4'>;
  const input = () => firewall.table('filter').chain('INPUT');
  beforeAll(async () => {
    netns = new Netns();
    firewall = await Firewall.open({ namespace: netns.path });
    writeFileSync(file, '*filter\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n');
  });
  afterAll(async () => {
    await firewall.close();
    netns.close();
  });
  /** Something is done after a line, and it is interrupted after another. */
  async function watching(words: readonly string[], fits: RegExp, after: RegExp, work: () => Promise<unknown>) {
    const child: ChildProcess = spawn(process.execPath, [IPTC, 'watch', '--netns', netns.path, ...words, file]);
    const lines: string[] = [];
    let done = false;
    for await (const line of createInterface({ input: child.stdout! })) {
      lines.push(line);
      if (fits.test(line) && done) child.kill('SIGINT');
      else if (after.test(line) && !done) {
        done = true;
        await work();
      }
    }
    const [status] = child.exitCode === null ? ((await once(child, 'exit')) as [number | null]) : [child.exitCode];
    return { lines: lines.filter((line) => !/^\*/.test(line)), status };
  }

  test('says what changes and repairs it', async () => {
    await input().flush();
    const { lines, status } = await watching(['--repair'], /repaired/, /repaired/, () => input().append('-j DROP'));
    expect(status).toBe(0);
    expect(lines).toContain('+-A INPUT -i lo -j ACCEPT');
    expect(lines.filter((line) => /^# \S+Z (changed|repaired: \d edit)/.test(line)).length).toBeGreaterThanOrEqual(4);
    expect((await input().list()).length).toBe(1);
  });
  test('says it as lines of JSON', async () => {
    await input().flush();
    const { lines, status } = await watching(['--json'], /delete/, /insert/, () =>
      firewall.restore('*filter\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j DROP\nCOMMIT\n'),
    );
    expect(status).toBe(0);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { plan: { changes: [{ edit: 'insert' }] }, at: expect.any(String) },
      { plan: { changes: [{ edit: 'delete', position: 2 }] } },
    ]);
  });
  test('ends with 2 in trouble', () => {
    const run = (...words: string[]) => netns.execSync(process.execPath, [IPTC, 'watch', ...words]);
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage: iptc watch') });
    writeFileSync(join(folder, 'bad'), '*filter\n-A INPUT -j nowhere\nCOMMIT\n');
    expect(run(join(folder, 'bad'))).toMatchObject({ status: 2, stderr: expect.stringContaining('nowhere') });
  });
});
