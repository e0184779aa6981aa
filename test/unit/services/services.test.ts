import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readConfig } from '../../../lib/persist/config';
import { System } from '../../../lib/persist/system';
import {
  bootService,
  firewalld,
  installBootUnit,
  iptablesService,
  setUpBasicServer,
  uninstallBootUnit,
} from '../../../lib/services';
import { sessionOf } from '../../../lib/services/session';
import { afterEach, beforeEach, describe, expect, test } from '../../harness';
import { temporaryFolder } from '../../harness/temporary';
import { failure } from '../persist/failure';

let root: string;
const write = (path: string, text: string, mode = 0o644) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode });
};
const asked = () => readFileSync(join(root, 'asked'), 'utf8').trim().split('\n');
/** A systemctl that answers every question alike, and notes what it was asked. */
const systemctl = (answer: string, status = 0) => {
  mkdirSync(join(root, 'run/systemd/system'), { recursive: true });
  write(
    'usr/bin/systemctl',
    `#!/bin/sh\necho "$@" >> ${root}/asked\ncat <<'END'\n${answer}\nEND\nexit ${status}\n`,
    0o755,
  );
};
const state = (load: string, active: string, enabled: string) =>
  `LoadState=${load}\nActiveState=${active}\nUnitFileState=${enabled}`;

beforeEach(() => {
  root = temporaryFolder('services');
  write('etc/os-release', 'ID=centos\n');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('a service', () => {
  for (const [said, found] of [
    [state('not-found', 'inactive', ''), { state: 'absent', enabled: false, masked: false }],
    [state('loaded', 'inactive', 'disabled'), { state: 'inactive', enabled: false, masked: false }],
    [state('loaded', 'inactive', 'enabled'), { state: 'inactive', enabled: true, masked: false }],
    [state('loaded', 'active', 'enabled'), { state: 'active', enabled: true, masked: false }],
    [state('loaded', 'failed', 'enabled'), { state: 'failed', enabled: true, masked: false }],
    [state('loaded', 'activating', 'enabled'), { state: 'changing', enabled: true, masked: false }],
    [state('masked', 'inactive', 'masked'), { state: 'masked', enabled: false, masked: true }],
    [state('masked', 'active', 'masked'), { state: 'active', enabled: false, masked: true }],
  ] as const)
    test(`is ${found.state}${found.masked ? ' and masked' : ''}${found.enabled ? ' and enabled' : ''}: ${said.replace(/\n/g, ' ')}`, async () => {
      systemctl(said);
      expect(await firewalld({ root }).status()).toEqual({ unit: 'firewalld.service', ...found });
      expect(asked()).toEqual([
        '--no-pager --no-ask-password show --property=LoadState --property=ActiveState --property=UnitFileState -- firewalld.service',
      ]);
    });

  test('is unknown where there is no systemd, and nothing can be done to it', async () => {
    expect(await firewalld({ root }).status()).toMatchObject({ state: 'unknown' });
    expect(await failure(firewalld({ root }).stop())).toMatchObject({
      code: 'ERR_IO',
      message: expect.stringContaining('systemd does not run'),
    });
    expect(await failure(installBootUnit({ root }))).toMatchObject({ code: 'ERR_IO' });
    expect(await uninstallBootUnit({ root })).toBe(false);
  });

  test('that is not installed is not started, and its package is named', async () => {
    systemctl(state('not-found', 'inactive', ''));
    expect(await failure(iptablesService('ipv6', { root }).enable())).toMatchObject({
      message: 'Cannot enable ip6tables.service: it is not installed',
      hint: 'yum install iptables-services',
    });
    expect(asked()).toHaveLength(1);
  });

  test('is asked for by its name alone, whatever the action', async () => {
    systemctl(state('loaded', 'active', 'enabled'));
    const service = iptablesService('ipv4', { root });
    await service.restart();
    await service.mask();
    expect(asked().filter((line) => !line.includes('show'))).toEqual([
      '--no-pager --no-ask-password restart -- iptables.service',
      '--no-pager --no-ask-password mask -- iptables.service',
    ]);
  });

  test('tells what systemctl says when it refuses', async () => {
    systemctl(state('loaded', 'inactive', 'enabled'));
    write(
      'usr/bin/systemctl',
      `#!/bin/sh\n[ "$3" = show ] && { echo '${state('loaded', 'inactive', 'enabled')}'; exit 0; }\necho 'Job for it failed.' >&2\nexit 1\n`,
      0o755,
    );
    expect(await failure(firewalld({ root }).start())).toMatchObject({
      code: 'ERR_IO',
      message: 'Cannot start firewalld.service: Job for it failed.',
      hint: expect.stringContaining('journalctl -u firewalld.service'),
    });
  });
});

describe('the unit that loads rules at boot', () => {
  test("is written before the network, enabled, and refused beside the distribution's", async () => {
    systemctl(state('loaded', 'inactive', 'disabled'));
    expect(await failure(installBootUnit({ root }))).toMatchObject({
      message: expect.stringContaining('iptables.service is there'),
    });
    systemctl(state('not-found', 'inactive', ''));
    const path = await installBootUnit({
      root,
      command: ['/opt/no de/bin/node', '/opt/100%/iptc.js', 'service', 'boot'],
      onFailure: 'closed',
    });
    const unit = readFileSync(path, 'utf8');
    expect(unit).toContain('ExecStart="/opt/no de/bin/node" /opt/100%%/iptc.js service boot --on-failure=closed\n');
    expect(unit).toMatch(/^Before=network-pre\.target /m);
    expect(asked().slice(-2)).toEqual([
      '--no-pager --no-ask-password daemon-reload',
      '--no-pager --no-ask-password enable -- iptc-restore.service',
    ]);
    expect(await uninstallBootUnit({ root })).toBe(true);
    expect(await uninstallBootUnit({ root })).toBe(false);
    expect(bootService({ root }).unit).toBe('iptc-restore.service');
  });
});

describe('iptables-config', () => {
  test('is read as the init script does, and has its defaults', () => {
    write(
      'etc/sysconfig/iptables-config',
      '# comment\nIPTABLES_SAVE_ON_STOP="yes"\n IPTABLES_MODULES=\'nf_conntrack_ftp nf_nat_ftp\'\nIPTABLES_STATUS_NUMERIC=no # as words\nIPTABLES_RESTORE_WAIT=5\nIP6TABLES_SAVE_COUNTER=yes\n',
    );
    const read = (family: 'ipv4' | 'ipv6', path?: string) => readConfig(new System({ root }), family, path);
    expect(read('ipv4', '/etc/sysconfig/iptables-config')).toEqual({
      saveOnStop: true,
      saveOnRestart: false,
      saveCounter: false,
      modules: ['nf_conntrack_ftp', 'nf_nat_ftp'],
      statusNumeric: false,
      statusVerbose: false,
      statusLineNumbers: true,
      restoreWait: 5000,
      restoreWaitInterval: 1000,
      sysctlLoadList: [],
    }); // prettier-ignore
    expect(read('ipv6', '/etc/sysconfig/iptables-config').saveCounter).toBe(true);
    expect(read('ipv4')).toMatchObject({ statusNumeric: true, restoreWait: 600_000 });
  });
});

describe('a set-up', () => {
  const setUp = (allow: string[]) =>
    setUpBasicServer({ root, allow, dryRun: true, families: [], confirm: async () => false });
  for (const wrong of ['sshd!', 'ssh/icmp', '0', '65536', '90:80', '1:2:3', '', '-j', '22 -j ACCEPT'])
    test(`refuses to allow ${JSON.stringify(wrong)}`, async () => {
      expect(await failure(setUp([wrong]))).toMatchObject({ code: 'ERR_BAD_ARGUMENT', option: 'allow' });
    });

  test("knows the caller's SSH session", () => {
    expect(sessionOf('198.51.100.7 50123 192.0.2.10 2222')).toEqual({
      family: 'ipv4',
      client: '198.51.100.7',
      clientPort: 50123,
      server: '192.0.2.10',
      serverPort: 2222,
    });
    expect(sessionOf('fe80::1%eth0 50123 fe80::2%eth0 22')).toMatchObject({
      family: 'ipv6',
      client: 'fe80::1',
      server: 'fe80::2',
    });
    expect(sessionOf('::ffff:198.51.100.7 1 ::ffff:192.0.2.10 22')).toMatchObject({
      family: 'ipv4',
      client: '198.51.100.7',
    });
    expect(sessionOf('')).toBeUndefined();
    expect(sessionOf('nobody 1 nowhere 22')).toBeUndefined();
  });
});
