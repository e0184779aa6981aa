import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { doctor } from '../../lib/services';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

describeWith(['netns', 'addon'], 'the doctor', () => {
  let netns: Netns;
  let root: string;
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const command = (...more: string[]) =>
    netns.execSync('node', [MULTI, 'iptc', 'doctor', '--root', root, '--netns', netns.path, ...more]);
  /** Whether all is well, by the data, and by both forms of the command. */
  const verdicts = async () => {
    const { ok } = await doctor({ root, namespace: netns.path });
    const said = command();
    const json = command('--json');
    return [ok, said.status, said.stdout.trim().split('\n').pop(), json.status, JSON.parse(json.stdout).ok];
  };
  const WELL = [true, 0, 'Nothing would bite.', 0, true];
  const BITES = [false, 1, 'Something would bite: see above.', 1, false];

  beforeEach(() => {
    netns = new Netns();
    root = temporaryFolder('doctor');
    write('etc/os-release', 'ID=debian\n');
  });
  afterEach(() => {
    netns.close();
    rmSync(root, { recursive: true });
  });

  test('says that all is well, whatever is only worth knowing', async () => {
    // Nobody knows what starts at boot.
    expect((await doctor({ root, namespace: netns.path })).findings.map(({ level }) => level)).toContain('note');
    expect(await verdicts()).toEqual(WELL);
  });

  test('counts a warning', async () => {
    write('etc/ufw/ufw.conf', 'ENABLED=yes\n');
    const { findings } = await doctor({ root, namespace: netns.path });
    expect(findings.map(({ level }) => level).filter((level) => level !== 'ok' && level !== 'note')).toEqual([
      'warning',
    ]);
    expect(await verdicts()).toEqual(BITES);
  });

  test('counts an error', async () => {
    write('etc/iptables/rules.v4', '*filter\n-A INPUT -j\nCOMMIT\n');
    const { findings } = await doctor({ root, namespace: netns.path });
    expect(findings.map(({ level }) => level).filter((level) => level !== 'ok' && level !== 'note')).toEqual(['error']);
    expect(await verdicts()).toEqual(BITES);
  });
});
