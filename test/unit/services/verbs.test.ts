/** What `service iptables WORD` does, on tables in memory. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Firewall } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { ServiceVerbs, type Verb } from '../../../lib/services/verbs';
import { afterEach, beforeEach, describe, expect, test } from '../../harness';
import { temporaryFolder } from '../../harness/temporary';

const OLD =
  '*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -s 10.0.0.1/32 -j ACCEPT\nCOMMIT\n';
const NEW = OLD.replace('10.0.0.1', '10.0.0.2');
/** Whatever of it is wrong is behind a table that isn't. */
const raw = (text: string) => `*raw\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n${text}`;

let folder: string;
let backend: MemoryBackend;
let firewall: Firewall<'ipv4'>;
let said: string[];
const file = () => join(folder, 'etc/sysconfig/iptables');

beforeEach(async () => {
  folder = temporaryFolder('verbs');
  mkdirSync(join(folder, 'etc/sysconfig'), { recursive: true });
  writeFileSync(join(folder, 'etc/os-release'), 'ID="centos"\n');
  backend = new MemoryBackend('ipv4');
  firewall = await Firewall.open({ backend });
  await firewall.restore(OLD);
});
afterEach(async () => {
  await firewall.close();
  rmSync(folder, { recursive: true, force: true });
});

const filter = () => firewall.save({ tables: ['filter'] });
async function run(verb: Verb): Promise<number> {
  said = [];
  let line = '';
  const speech = {
    begin: (text: string) => {
      line += text;
    },
    end: (outcome: string) => {
      said.push(`${line}[${outcome}]`);
      line = '';
    },
    line: (text: string) => void said.push(text),
    complain: (error: Error) => void said.push(error.message),
  };
  return new ServiceVerbs('ipv4', { root: folder, firewalls: [firewall], tables: ['filter', 'raw'] }, speech).run(verb);
}
const STOPPED = [
  'iptables: Setting chains to policy ACCEPT: filter raw [OK]',
  'iptables: Flushing firewall rules: [OK]',
];

describe('restart', () => {
  test('loads what is saved', async () => {
    writeFileSync(file(), NEW);
    expect(await run('restart')).toBe(0);
    expect(said).toEqual([...STOPPED, 'iptables: Applying firewall rules: [OK]']);
    expect(await filter()).toBe(NEW);
    expect(existsSync(join(folder, 'run/iptc/iptables'))).toBe(true);
  });

  for (const [what, text] of [
    ['a word that is none', raw(`${NEW.replace('-s', '-z')}`)],
    ['a host that nobody knows', raw(NEW.replace('10.0.0.2/32', 'a..b'))],
    ['a chain that is not there', raw(NEW.replace('ACCEPT\nCOMMIT', 'nowhere\nCOMMIT'))],
    ['no end', raw(NEW.replace('COMMIT\n', ''))],
    ['a table that there is not', raw(NEW.replace('*filter', '*fitler'))],
    ['DROP in table nat', `${NEW}*nat\n-A PREROUTING -j DROP\nCOMMIT\n`],
    [
      'something that the kernel refuses',
      raw(`${NEW.replace(':INPUT', ':a - [0:0]\n:INPUT').replace('COMMIT', '-A a -j a\n-A INPUT -j a\nCOMMIT')}`),
    ],
  ] as const)
    for (const verb of ['restart', 'reload', 'start'] as const)
      test(`(${verb}) changes nothing for a file with ${what}`, async () => {
        writeFileSync(file(), text);
        if (verb === 'reload') {
          mkdirSync(join(folder, 'run/iptc'), { recursive: true });
          writeFileSync(join(folder, 'run/iptc/iptables'), '');
        }
        const { commits } = backend;
        expect(await run(verb)).toBe(1);
        expect(said[0]).toMatch(/^iptables: (Applying|Trying to reload) firewall rules: \[FAILED\]$/);
        expect(said.includes('Firewall rules are not changed.')).toBe(verb !== 'start');
        expect([await filter(), backend.commits]).toEqual([OLD, commits]);
      });

  test('changes nothing where there is no file', async () => {
    expect(await run('restart')).toBe(6);
    expect(said).toEqual(['iptables: No config file.[WARNING]']);
    expect(await filter()).toBe(OLD);
  });

  test('loads the fallback where only that can be loaded', async () => {
    writeFileSync(file(), NEW.replace('-s', '-z'));
    writeFileSync(`${file()}.fallback`, NEW);
    expect(await run('restart')).toBe(0);
    expect(said.filter((text) => text.startsWith('iptables: '))).toEqual([
      ...STOPPED,
      'iptables: Applying firewall rules: [FAILED]',
      'iptables: Applying firewall fallback rules: [OK]',
    ]);
    expect(await filter()).toBe(NEW);
    writeFileSync(`${file()}.fallback`, 'nothing\n');
    expect(await run('restart')).toBe(1);
    expect(await filter()).toBe(NEW);
  });

  test('knows the hosts that the system knows', async () => {
    writeFileSync(file(), NEW.replace('10.0.0.2/32', 'localhost'));
    expect(await run('restart')).toBe(0);
    expect(await filter()).toBe(NEW.replace('10.0.0.2/32', '127.0.0.1/32'));
  });
});
