/** What examples/deploy says of privileges is so: the program that it starts does its work with those, and no others. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { parse } from 'yaml';
import { describe, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';

const ROOT = join(__dirname, '../..');
const read = (name: string) => readFileSync(join(ROOT, 'examples/deploy', name), 'utf8');
const CAPABILITIES = ['NET_ADMIN', 'NET_RAW'];

describe('examples/deploy', () => {
  test('ask for two capabilities, and no more', () => {
    const { containers, hostNetwork, volumes } = parse(read('daemonset.yaml')).spec.template.spec;
    expect(containers[0].securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: CAPABILITIES },
    });
    expect([hostNetwork, volumes[0].hostPath.path]).toEqual([true, containers[0].volumeMounts[0].mountPath]);
    const asked = /--cap-drop ALL((?: --cap-add \S+)*)/.exec(read('Dockerfile'))![1]!;
    expect(
      asked
        .trim()
        .split(/ ?--cap-add /)
        .slice(1),
    ).toEqual(CAPABILITIES);
    for (const key of ['AmbientCapabilities', 'CapabilityBoundingSet'])
      expect(read('firewall.service')).toContain(`\n${key}=${CAPABILITIES.map((name) => `CAP_${name}`).join(' ')}\n`);
    expect(read('Dockerfile')).toMatch(/^ENTRYPOINT \["node", "firewall\.mts"\]$/m);
  });

  test('systemd takes the unit', () => {
    const { status, stderr, error } = spawnSync(
      'systemd-analyze',
      ['verify', join(ROOT, 'examples/deploy/firewall.service')],
      {
        encoding: 'utf8',
      },
    );
    if (error !== undefined) return; // no systemd here
    // That there is no such program on this machine is no fault of the unit.
    const faults = stderr
      .split('\n')
      .filter((line) => line.includes('firewall.service') && !/not executable|does not exist/.test(line));
    expect([faults, status === 0 || faults.length === 0]).toEqual([[], true]);
  });
});

describeWith(['netns', 'addon', 'setpriv', 'root'], 'examples/deploy/firewall.mts', () => {
  test('does its work with the two capabilities alone', async () => {
    const folder = join(ROOT, 'examples/build', `deploy-${process.pid}`);
    const file = join(folder, 'firewall.mjs');
    const netns = new Netns();
    const capabilities = CAPABILITIES.map((name) => `+${name.toLowerCase()}`).join(',');
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, transformSync(read('firewall.mts'), { loader: 'ts', format: 'esm' }).code);
    // Root, too, has no more than what it is bounded to.
    const rights = ['--no-new-privs', `--inh-caps=-all,${capabilities}`, `--bounding-set=-all,${capabilities}`];
    const child = spawn('nsenter', [`--net=${netns.path}`, '--', 'setpriv', ...rights, '--', process.execPath, file], {
      env: { ...process.env, XTABLES_LOCKFILE: `/tmp/iptc-deploy-${process.pid}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const saved = () => netns.execSync('iptables-legacy-save', ['-t', 'filter']).stdout;
      while (!saved().includes('-A INPUT -j own')) {
        expect(child.exitCode).toBeNull();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const { 1: effective } = /^CapEff:\s*(\w+)$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))!;
      expect(Number.parseInt(effective!, 16)).toBe((1 << 12) | (1 << 13));
      netns.execSync('iptables-legacy', ['-F']);
      while (!saved().includes('-A own -p tcp -m multiport --dports 80,443 -j ACCEPT\n')) {
        expect(child.exitCode).toBeNull();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    } finally {
      child.kill('SIGKILL');
      netns.close();
      rmSync(folder, { recursive: true, force: true });
      rmSync(`/tmp/iptc-deploy-${process.pid}`, { force: true });
    }
  });
});
