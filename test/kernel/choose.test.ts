import { Firewall } from '../../lib';
import { commandKind } from '../../lib/backend/choose';
import { afterEach, beforeEach, describe, describeWith, expect, test, vi } from '../harness';
import { lacksCommands, MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';

describeWith(['netns', 'addon', 'iptables'], 'auto', () => {
  let netns: Netns;
  beforeEach(() => {
    netns = new Netns();
  });
  afterEach(() => netns.close());
  const run = (...lines: string[]) => {
    for (const line of lines) {
      const [command = '', ...args] = line.split(' ');
      expect([line, netns.execSync(command, args)]).toMatchObject([line, { status: 0 }]);
    }
  };
  const open = (more: object = {}) => Firewall.open({ namespace: netns.path, backend: 'auto', ...more });
  const chosen = async () => {
    const firewall = await open();
    await firewall.close();
    return firewall.backend;
  };

  test.each([
    ['rules of nf_tables', ['iptables-nft -A INPUT -j ACCEPT'], 'nft'],
    ['rules of nf_tables for IPv6', ['ip6tables-nft -t mangle -P INPUT DROP'], 'nft'],
    ['legacy rules', ['iptables-legacy -t raw -A OUTPUT -j ACCEPT'], 'legacy'],
    ['legacy rules for IPv6', ['ip6tables-legacy -A INPUT -j ACCEPT'], 'legacy'],
    ["a legacy chain of the user's", ['iptables-legacy -N web'], 'legacy'],
    ['a legacy policy', ['iptables-legacy -P FORWARD DROP'], 'legacy'],
    [
      "nf_tables' own tables beside legacy rules",
      ['nft add table ip filter', 'nft add chain ip filter own', 'iptables-legacy -N web'],
      'legacy',
    ],
    [
      'a hint in nf_tables beside legacy rules',
      ['iptables-nft -t mangle -N KUBE-IPTABLES-HINT', 'iptables-legacy -A INPUT -j ACCEPT'],
      'nft',
    ],
    [
      'a legacy hint beside rules of nf_tables',
      ['iptables-legacy -t mangle -N KUBE-KUBELET-CANARY', 'iptables-nft -A INPUT -j ACCEPT'],
      'legacy',
    ],
  ] as const)('takes what has %s', async (_, lines, kind) => {
    run(...lines);
    expect(await chosen()).toBe(kind);
  });

  test("is the machine's iptables where nothing is in use, or what was has been emptied", async () => {
    const machine = commandKind() ?? 'nft';
    expect(await chosen()).toBe(machine);
    expect(netns.execSync('cat', ['/proc/net/ip_tables_names']).stdout).toBe(''); // nor has it made tables
    run('iptables-legacy -A INPUT -j ACCEPT', 'iptables-legacy -F', 'iptables-legacy -L -n');
    expect(await chosen()).toBe(machine);
  });

  test("is the machine's iptables where both are in use, and says so once", async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    run('iptables-legacy -A INPUT -j ACCEPT', 'iptables-nft -A INPUT -j ACCEPT');
    const firewall = await open();
    const other = await open({ family: 'ipv6' });
    expect(firewall.backend).toBe(commandKind() ?? 'nft');
    expect(emitWarning.mock.calls.map(([, options]) => options)).toMatchObject([{ code: 'IPTC_BOTH' }]);
    emitWarning.mockRestore();
    await Promise.all([firewall.close(), other.close()]);
  });

  test('is decided once for a namespace, as long as somebody has it open', async () => {
    run('iptables-nft -A INPUT -j ACCEPT');
    const first = await open();
    run('nft flush ruleset', 'ip6tables-legacy -A INPUT -j ACCEPT');
    const second = await open({ family: 'ipv6' });
    expect([first.backend, second.backend]).toEqual(['nft', 'nft']);
    await first.close();
    await second.close();
    await second.close();
    expect(await chosen()).toBe('legacy');
  });

  test('is what the environment says, unless the caller does', async () => {
    vi.stubEnv('LIBIPTC_BACKEND', 'nft');
    const kinds = [undefined, 'legacy'].map((backend) => {
      const firewall = Firewall.openSync({ namespace: netns.path, ...(backend && { backend: 'legacy' }) });
      void firewall.close();
      return firewall.backend;
    });
    expect(kinds).toEqual(['nft', 'legacy']);
    vi.stubEnv('LIBIPTC_BACKEND', 'nftables');
    await expect(Firewall.open({ namespace: netns.path })).rejects.toMatchObject({
      code: 'ERR_BAD_ARGUMENT',
      message: 'Expected auto, legacy or nft for LIBIPTC_BACKEND in the environment but received "nftables"',
    });
    vi.unstubAllEnvs();
    await expect(Firewall.open({ backend: 'nftables' as 'nft' })).rejects.toMatchObject({ code: 'ERR_BAD_ARGUMENT' });
  });

  (lacksCommands() ? describe.skip : describe)('of the commands', () => {
    const iptc = (words: readonly string[], LIBIPTC_BACKEND = 'auto') =>
      netns.execSync('node', [MULTI, ...words], { env: { LIBIPTC_BACKEND } });

    test('is told by -V', () => {
      run('iptables-nft -A INPUT -j ACCEPT');
      for (const [words, kind] of [
        [['iptc', '-V'], 'nf_tables'],
        [['iptc', '--legacy', '-V'], 'legacy'],
        [['iptables-legacy', '-V'], 'legacy'],
        [['ip6tables-nft-save', '-V'], 'nf_tables'],
      ] as const)
        expect(iptc(words, words[0].includes('-') ? 'auto' : 'auto').stdout).toContain(`(${kind})`);
      run('nft flush ruleset', 'iptables-legacy -A INPUT -j ACCEPT');
      expect(iptc(['iptc', '-V']).stdout).toContain('(legacy)');
      expect(iptc(['iptc', '--nft', '-V']).stdout).toContain('(nf_tables)');
    });

    test('is that of their name or their first word, and no other word', () => {
      expect(iptc(['iptables-nft', '-A', 'INPUT', '-m', 'comment', '--comment', '--legacy'])).toMatchObject({
        status: 0,
      });
      expect(iptc(['iptables-legacy', '-A', 'INPUT', '-j', 'DROP'])).toMatchObject({ status: 0 });
      expect(netns.execSync('iptables-nft', ['-S', 'INPUT']).stdout).toContain('--comment --legacy');
      expect(netns.execSync('iptables-legacy', ['-S', 'INPUT']).stdout).toContain('-j DROP');
      const listed = iptc(['iptc', '--nft', '-S', 'INPUT']);
      expect(listed.stdout).toContain('--comment --legacy');
      expect(listed.stderr).toBe('# Warning: iptables-legacy tables present, use iptables-legacy to see them\n');
    });
  });
});
