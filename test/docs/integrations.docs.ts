/** The examples with packages of others, as a user would run them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';

const FOLDER = join(__dirname, '../../examples/integrations');

describeWith(['netns', 'addon', 'ipset', 'iptables'], 'integrations', () => {
  let netns: Netns;
  const running: ChildProcess[] = [];

  beforeAll(() => {
    const tsc = [join(__dirname, '../../node_modules/typescript/bin/tsc'), '-p', FOLDER];
    const { status, stdout } = spawnSync(process.execPath, tsc, { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  });
  beforeEach(() => {
    netns = new Netns();
  });
  afterEach(async () => {
    for (const child of running.splice(0)) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill('SIGKILL')) await ended;
    }
    netns.close();
  });

  /** Starts one; gives a promise of the next line that fits. */
  function run(name: string, ...words: string[]) {
    const program = [`--net=${netns.path}`, '--', process.execPath, join(FOLDER, 'build', `${name}.mjs`), ...words];
    const child = spawn('nsenter', program, { stdio: ['ignore', 'pipe', 'inherit'] });
    running.push(child);
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    return async (fits: RegExp): Promise<string> => {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`${name} ended without saying ${fits}`);
        if (fits.test(value)) return value;
      }
    };
  }
  const get = (url: string) =>
    netns.exec(process.execPath, [
      '-e',
      `fetch(${JSON.stringify(url)}).then(async (r) => process.stdout.write(r.status + ' ' + await r.text()), (e) => process.stdout.write(e.cause.code))`,
    ]);

  test.each(['express', 'fastify'])('%s: who is refused three times is banned', async (name) => {
    netns.ip('addr', 'add', '192.0.2.1/32', 'dev', 'lo');
    const says = run(name, '8080');
    await says(/^listening/);
    for (let i = 0; i < 3; i++) expect((await get('http://192.0.2.1:8080/login')).stdout).toBe('401 no\n');
    expect(await says(/banned/)).toBe('192.0.2.1 is banned: login');
    const { stdout } = await netns.exec('ipset', ['list']);
    expect(stdout).toMatch(/^192\.0\.2\.1 timeout/m);
  });

  test('prometheus: tells what rules count', async () => {
    const says = run('prometheus', '9100');
    await says(/^listening/);
    const rule = ['-A', 'INPUT', '-p', 'tcp', '--dport', '9100', '-m', 'comment', '--comment', 'scrapes'];
    netns.execSync('iptables-legacy', rule);
    await get('http://127.0.0.1:9100/metrics');
    const { stdout } = await get('http://127.0.0.1:9100/metrics');
    expect(stdout).toMatch(/^process_cpu_seconds_total /m);
    expect(Number(/^firewall_rule_packets\{comment="scrapes"\} (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(0);
  });

  test('telemetry: tells what is committed', async () => {
    const says = run('telemetry');
    await says(/iptables\.edits/);
    await says(/value: 1\b/);
    await says(/iptables\.commit/);
  });
});
