import { Firewall, IptcError, parseRuleset } from '../../../lib';
import { ProgramWriter } from '../../../lib/backend/writer';
import { MemoryBackend } from '../../../lib/testing';
import { beforeEach, describe, expect, test } from '../../harness';

/** What would be another name if it were cut, or ended at its zero byte, or if half a character were left out; and why. */
const NAMES: readonly (readonly [string, RegExp])[] = [
  ['INPUT\0x', /zero/],
  ['\0', /zero/],
  [`INPUT${'x'.repeat(27)}`, /at most 31 bytes/],
  ['€'.repeat(11), /at most 31 bytes/],
  ['INPUT\ud800', /halves/],
  ['\udc00x', /halves/],
];

describe.each(NAMES)('the name %j', (name, reason) => {
  let firewall: Firewall<'ipv4'>;
  const RULES = '*filter\n:INPUT ACCEPT [0:0]\n:mine - [0:0]\n-A INPUT -s 10.0.0.1/32 -j DROP\nCOMMIT\n';
  beforeEach(async () => {
    firewall = Firewall.openSync({ backend: new MemoryBackend('ipv4') });
    await firewall.restore(RULES);
  });
  const filter = () => firewall.table('filter');
  const rule = { target: 'DROP' };
  const ruleset = (chains: readonly object[], rules: readonly object[]) =>
    ({ family: 'ipv4', tables: [{ name: 'filter', chains, rules }] }) as never;

  const CALLS: Record<string, () => unknown> = {
    chain: () => filter().chain(name).flush(),
    createChain: () => filter().createChain(name),
    createChainSync: () => filter().createChainSync(name),
    deleteChain: () => filter().deleteChain(name),
    deleteChainSync: () => filter().deleteChainSync(name),
    'renameChain from': () => filter().renameChain(name, 'yours'),
    'renameChain to': () => filter().renameChain('mine', name),
    'renameChainSync to': () => filter().renameChainSync('mine', name),
    'a transaction': () => filter().transaction((tx) => tx.chain(name).flush()),
    'a transaction that creates': () => filter().transaction((tx) => tx.createChain(name)),
    'the chains of data': () => firewall.restore(ruleset([{ name }], [])),
    'the rules of data': () => firewall.restore(ruleset([], [{ chain: name, rule }])),
    'a chain of a state': async () => (await filter().state()).chain(name),
    'a listing': async () => (await filter().state()).listing({}, name),
  };
  test.each(Object.keys(CALLS))('is refused by %s, and nothing is done', async (call) => {
    const before = await firewall.save();
    let refused: unknown;
    try {
      await CALLS[call]!();
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(IptcError);
    expect((refused as IptcError).message).toMatch(reason);
    expect(await firewall.save()).toBe(before);
  });
  test('comes into no program', () => {
    if (reason.source === 'halves') return; // of such bytes a name in the kernel may be made
    for (const write of [
      (program: ProgramWriter) => program.chain(name),
      (program: ProgramWriter) => program.rename(name),
      (program: ProgramWriter) => program.policy(name),
    ]) {
      const program = new ProgramWriter();
      expect(() => write(program)).toThrow(IptcError);
      expect(program.length).toBe(0);
    }
  });
});

test('a policy is not cut', async () => {
  const firewall = Firewall.openSync({ backend: new MemoryBackend('ipv4') });
  const text = `*filter\n:INPUT ACCEPT${'x'.repeat(40)} [0:0]\nCOMMIT\n`;
  await expect(firewall.restore(text)).rejects.toBeInstanceOf(IptcError);
  await expect(firewall.restore(parseRuleset(text))).rejects.toBeInstanceOf(IptcError);
});
