import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Firewall } from '../../lib';
import { afterEach, beforeAll, beforeEach, describeWith, expect, test } from '../harness';
import { Netns, vethPair } from '../harness/netns';
import { Peer } from '../harness/peer';
import { temporaryFolder } from '../harness/temporary';

const ROOT = join(__dirname, '../..');
const PROGRAMS = ['accounting', 'gateway', 'port-map', 'services'];

// As a user would build and run them: `libiptc` is the built package.
describeWith(['netns', 'addon'], 'the example', () => {
  const folder = temporaryFolder('examples');
  let here: Netns;
  let there: Netns;
  let inside: Peer;
  let outside: Peer;
  let firewall: Firewall<'ipv4'>;
  const running: ChildProcess[] = [];

  beforeAll(() => {
    const tsc = [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(ROOT, 'examples')];
    const { status, stdout } = spawnSync(process.execPath, tsc, { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  }, 120_000);
  beforeEach(async () => {
    [here, there] = [new Netns(), new Netns()];
    vethPair(
      { netns: here, device: 'eth0', addresses: ['192.0.2.1/24'] },
      { netns: there, device: 'eth0', addresses: ['192.0.2.2/24'] },
    );
    [inside, outside] = [new Peer(here), new Peer(there)];
    firewall = await Firewall.open({ namespace: here.path });
  });
  afterEach(async () => {
    for (const child of running.splice(0)) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill('SIGKILL')) await ended;
    }
    inside.close();
    outside.close();
    await firewall.close();
    here.close();
    there.close();
  });

  /** A program, and a promise of the next line that it says and that fits. */
  function run(name: string, ...words: string[]) {
    const child = spawn(
      'nsenter',
      [`--net=${here.path}`, '--', process.execPath, join(ROOT, 'examples/build', `${name}.mjs`), ...words],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    running.push(child);
    const lines: string[] = [];
    const heard: string[] = [];
    let told = () => {};
    const hear = (line: string) => {
      lines.push(line);
      heard.push(line);
      told();
    };
    for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', hear);
    const says = async (fits: RegExp): Promise<string> => {
      for (;;) {
        while (lines.length > 0) {
          const line = lines.shift()!;
          if (fits.test(line)) return line;
        }
        if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${heard.join('\n')}`);
        await new Promise<void>((resolve) => {
          told = resolve;
          child.once('exit', resolve);
        });
      }
    };
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { child, says, ended };
  }

  test('port-map leads ports elsewhere, and follows its file', async () => {
    const file = join(folder, 'ports.json');
    const write = (port: number) =>
      writeFileSync(file, JSON.stringify([{ protocol: 'tcp', port, to: '192.0.2.1:80' }]));
    await inside.listenTcp(80);
    write(8080);
    const { says } = run('port-map', file);
    await says(/^1 ports/);
    expect(await outside.tcp('192.0.2.1', 8080)).toBe('open');
    write(9090);
    await says(/^1 ports/);
    expect(await outside.tcp('192.0.2.1', 9090)).toBe('open');
    expect(await outside.tcp('192.0.2.1', 8080)).toBe('refused');
    writeFileSync(file, '{');
    await says(/JSON/);
    expect(await outside.tcp('192.0.2.1', 9090)).toBe('open');
  });

  test('accounting counts by address, and goes on when it is flushed', async () => {
    await inside.listenTcp(80);
    const { says } = run('accounting', '9100', '192.0.2.2');
    await says(/listening/);
    await says(/edits to be made/);
    const fetched = () =>
      here.exec(process.execPath, [
        '-e',
        `fetch('http://127.0.0.1:9100/metrics').then(async (r) => console.log(await r.text()))`,
      ]);
    const packets = async () =>
      Number(
        /libiptc_rule_packets_total\{.*chain="accounting",comment="from 192\.0\.2\.2"\} (\d+)/.exec(
          (await fetched()).stdout,
        )?.[1],
      );
    while (!((await packets()) >= 0));
    expect(await outside.tcp('192.0.2.1', 80)).toBe('open');
    expect(await packets()).toBeGreaterThanOrEqual(2);
    await firewall.table('filter').flush();
    await says(/edits to be made/);
    while (!((await packets()) >= 0));
  });

  test('services opens what its file names, and nothing else', async () => {
    const file = join(folder, 'services.yaml');
    writeFileSync(
      file,
      "services:\n  web: { ports: [80, 443] }\n  ssh: { ports: [22], from: [192.0.2.99, '2001:db8::/32'] }\ncheck: 80\n",
    );
    for (const port of [80, 22, 25]) await inside.listenTcp(port);
    expect(await outside.tcp('192.0.2.1', 25)).toBe('open');
    expect(await run('services', file).ended).toBe(0);
    expect(await outside.tcp('192.0.2.1', 80)).toBe('open');
    expect(await outside.tcp('192.0.2.1', 25)).toBe('timeout');
    expect(await outside.tcp('192.0.2.1', 22)).toBe('timeout');
    expect(await firewall.table('filter').chain('FORWARD').policy()).toBe('DROP');
    // A check that fails takes it back.
    writeFileSync(file, 'services: {}\ncheck: 81\n');
    const { says, ended } = run('services', file);
    await says(/the old ones are back/);
    expect(await ended).toBe(1);
    expect(await outside.tcp('192.0.2.1', 80)).toBe('open');
  });

  test('gateway lets containers out, published ports in, and nothing else', async () => {
    const container = new Netns();
    vethPair(
      { netns: here, device: 'br0', addresses: ['172.20.0.1/24'] },
      { netns: container, device: 'eth0', addresses: ['172.20.0.2/24'] },
    );
    container.execSync('ip', ['route', 'add', 'default', 'via', '172.20.0.1']);
    there.execSync('ip', ['route', 'add', '172.20.0.0/24', 'via', '192.0.2.1']);
    const peer = new Peer(container);
    for (const port of [80, 25]) await peer.listenTcp(port);
    await outside.listenTcp(7);
    const { child, says, ended } = run('gateway', 'br0', '172.20.0.0/24', '8080=172.20.0.2:80');
    await says(/the gateway is open/);
    expect(await peer.tcp('192.0.2.2', 7)).toBe('open');
    const [rule] = await firewall.table('nat').chain('gw-out').list();
    expect(rule!.counters.packets).toBe(1n);
    expect(await outside.tcp('192.0.2.1', 8080)).toBe('open');
    expect(await outside.tcp('172.20.0.2', 25)).toBe('timeout');
    // What docker's restart or somebody's flush takes away comes back.
    await firewall.table('nat').flush();
    await says(/the gateway is open/);
    expect(await outside.tcp('192.0.2.1', 8080)).toBe('open');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(await firewall.save({ tables: ['nat', 'filter'] })).not.toContain('gw-');
    peer.close();
    container.close();
  });

  test('programs are short', () => {
    const lines = (name: string) =>
      readFileSync(join(ROOT, 'examples', `${name}.mts`), 'utf8')
        .trimEnd()
        .split('\n').length;
    for (const name of PROGRAMS) expect([name, lines(name) < 60]).toEqual([name, true]);
    expect(
      readdirSync(join(ROOT, 'examples')).filter((file) => PROGRAMS.includes(file.replace(/\.mts$/, ''))),
    ).toHaveLength(PROGRAMS.length);
  });
});
