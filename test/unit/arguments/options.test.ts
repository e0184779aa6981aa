import { fields, flag, listOf, optionsOf, path } from '../../../lib/arguments';
import {
  Firewall,
  formatRule,
  formatRuleset,
  formatRulesetLines,
  IptcError,
  parseRule,
  parseRuleset,
} from '../../../lib/index';
import { autosave, load, save } from '../../../lib/persist';
import {
  bootService,
  doctor,
  firewalld,
  installBootUnit,
  iptablesService,
  setUpBasicServer,
  uninstallBootUnit,
} from '../../../lib/services';
import { MemoryBackend } from '../../../lib/testing';
import { describe, expect, test } from '../../harness';

const open = (options = {}) => Firewall.openSync({ backend: new MemoryBackend('ipv4'), ...options });

async function refusal(work: () => unknown): Promise<IptcError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof IptcError) return error;
    throw error;
  }
  throw new Error('Expected a refusal');
}
// biome-ignore lint/suspicious/noExplicitAny: what no type allows is what is given
const wrong = (value: unknown): any => value;

describe('options', () => {
  const check = fields<{ deep?: { test?: boolean }; files?: readonly string[]; needed: boolean }>(
    { deep: fields({ test: flag }), files: listOf(path), needed: flag },
    'needed',
  );
  const read = (value: unknown) => optionsOf('work', value, check);
  const message = (value: unknown) => refusal(() => read(value)).then((error) => [error.message, error.path]);

  test('are read once, by whatever gives them', () => {
    let reads = 0;
    class Given {
      get needed() {
        reads++;
        return true;
      }
    }
    expect(read(new Given())).toEqual({ needed: true });
    expect(reads).toBe(1);
  });
  test('are copied, lists too', () => {
    const files = ['a'];
    const given = read({ needed: true, files });
    files.push('b');
    expect(given).toEqual({ needed: true, files: ['a'] });
  });
  test.each([
    [
      { needed: true, fiels: [] },
      'Expected files, or another of deep, files or needed, for the options of work() but received "fiels"',
      'fiels',
    ],
    [
      { needed: true, other: undefined },
      'Expected one of deep, files or needed, for the options of work() but received "other"',
      'other',
    ],
    [
      { needed: true, deep: { tset: true } },
      'Expected test, the only option, for deep of work() but received "tset"',
      'deep.tset',
    ],
    [{ needed: true, deep: { test: 1 } }, 'Expected true or false for deep.test of work() but received 1', 'deep.test'],
    [{ needed: true, files: ['a', ''] }, 'Expected a path for files[1] of work() but received ""', 'files[1]'],
    [
      { needed: true, files: ['a\0b'] },
      'Expected a path without a zero byte for files[0] of work() but received "a\\u0000b"',
      'files[0]',
    ],
    [{ needed: true, files: 'a' }, 'Expected a list for files of work() but received "a"', 'files'],
    [{}, 'Expected true or false for needed of work() but received nothing', 'needed'],
    [5, 'Expected an object for the options of work() but received 5', 'options'],
    [null, 'Expected an object for the options of work() but received null', 'options'],
    [[], 'Expected an object for the options of work() but received []', 'options'],
    [new Map(), 'Expected an object for the options of work() but received Map(0) {}', 'options'],
  ])('%o is refused', async (given, expected, at) => {
    expect(await message(given)).toEqual([expected, at]);
  });
  test('that throw are told of, with what they threw', async () => {
    const cause = new Error('boom');
    const error = await refusal(() =>
      read({
        get needed() {
          throw cause;
        },
      }),
    );
    expect(error.message).toMatch(/^Expected a value that can be read for needed of work\(\) but received Error: boom/);
    expect(error).toMatchObject({ code: 'ERR_BAD_ARGUMENT', path: 'needed', cause });
  });
});

const DATA = { family: 'ipv4', tables: [] };

test.each<[string, string, () => unknown]>([
  ['a misspelt namespace', 'netns', () => Firewall.open(wrong({ netns: '/run/netns/x' }))],
  ['the same at once', 'netns', () => Firewall.openSync(wrong({ netns: '/run/netns/x' }))],
  ['a family', 'family', () => Firewall.open(wrong({ family: 'ip6' }))],
  ['no namespace', 'namespace', () => Firewall.open({ namespace: '' })],
  ['an object for a namespace', 'namespace', () => Firewall.open(wrong({ namespace: {} }))],
  ['a namespace with a zero byte', 'namespace', () => Firewall.open({ namespace: '/run/netns/a\0b' })],
  ['half a descriptor', 'namespace', () => Firewall.open({ namespace: 1.5 })],
  ['no lock file', 'lock.path', () => open({ lock: { path: '' } })],
  ['a lock file with a zero byte', 'lock.path', () => open({ lock: { path: '/run/x\0' } })],
  ['a misspelt wait', 'lock.wiat', () => open({ lock: { wiat: 5 } })],
  ['a wait that is no number', 'lock.wait', () => open({ lock: { wait: Number.NaN } })],
  ['a negative wait', 'lock.wait', () => open({ lock: { wait: -1 } })],
  ['an endless interval', 'lock.interval', () => open({ lock: { interval: Number.POSITIVE_INFINITY } })],
  ['a lock that is true', 'lock', () => open({ lock: true })],
  ['edits that are text', 'queue.edits', () => open({ queue: { edits: 'x' } })],
  ['no edits at all', 'queue.edits', () => open({ queue: { edits: 0 } })],
  ['a negative interval', 'queue.interval', () => open({ queue: { interval: -5 } })],
  ['a signal that is none', 'signal', () => open({ signal: {} })],
  ['a controller for its signal', 'signal', () => open({ signal: new AbortController() })],
  ['a backend that is none', 'backend', () => Firewall.open(wrong({ backend: {} }))],
  ['an option of restore', 'tset', () => open().restore('', wrong({ tset: true }))],
  ['a table to restore', 'tables[0]', () => open().restore('', wrong({ tables: ['fitler'] }))],
  ['nothing to restore', 'input', () => open().restore(wrong(null))],
  ['a promise to restore', 'input', () => open().restore(wrong(Promise.resolve('')))],
  ['a ruleset without tables', 'input.tables', () => open().restore(wrong({ family: 'ipv4', tables: 5 }))],
  ['an option of save', 'counter', () => open().save(wrong({ counter: true }))],
  ['an option of saveLines', 'counter', () => open().saveLines(wrong({ counter: true }))],
  [
    'an option of a table',
    'counter',
    () =>
      open()
        .table('filter')
        .save(wrong({ counter: true })),
  ],
  ['work that is none', 'work', () => open().table('filter').transaction(wrong('x'))],
  [
    'no attempts',
    'attempts',
    () =>
      open()
        .table('filter')
        .transaction(() => {}, { attempts: 0 }),
  ],
  [
    'an expectation',
    'expct',
    () =>
      open()
        .table('filter')
        .chain('INPUT')
        .delete(1, wrong({ expct: {} })),
  ],
  [
    'the same of replace',
    'expct',
    () =>
      open()
        .table('filter')
        .chain('INPUT')
        .replaceSync(1, '', wrong({ expct: {} })),
  ],
  ['one rule for several', 'rules', () => open().table('filter').chain('INPUT').appendAll(wrong('-j DROP'))],
  ['a chain that is a number', 'name', () => open().table('filter').chain(wrong(5))],
  ['a new chain that is a number', 'name', () => open().table('filter').createChain(wrong(5))],
  ['a state', 'counter', async () => (await open().table('filter').state()).save(wrong({ counter: true }))],
  ['a listing', 'format.numerik', async () => (await open().table('filter').state()).listing(wrong({ numerik: true }))],
  ['a position', 'position', async () => (await open().table('filter').state()).chain('INPUT')?.rule(wrong('1'))],
  ['a ruleset that is a number', 'input', () => parseRuleset(wrong(5))],
  ['an option of parseRuleset', 'fmaily', () => parseRuleset('', wrong({ fmaily: 'ipv6' }))],
  ['data that is none', 'data', () => formatRuleset(wrong(undefined))],
  ['a family of data', 'data.family', () => formatRulesetLines(wrong({ ...DATA, family: 'ip6' }))],
  [
    'a chain of data',
    'data.tables[0].chains[0].polciy',
    () =>
      formatRuleset(
        wrong({ ...DATA, tables: [{ name: 'filter', chains: [{ name: 'INPUT', polciy: 'DROP' }], rules: [] }] }),
      ),
  ],
  [
    'a rule of data',
    'rules[0].rlue',
    () =>
      formatRuleset(
        wrong({ ...DATA, tables: [{ name: 'filter', chains: [], rules: [{ chain: 'INPUT', rlue: {} }] }] }),
      ),
  ],
  ['text that is none', 'text', () => parseRule(wrong(null))],
  ['a family to parse for', 'family', () => parseRule('', wrong({ family: 'ip6' }))],
  ['a family to format for', 'family', () => formatRule({}, wrong({ family: 'ip6' }))],
])('%s is refused', async (_, at, work) => {
  expect(await refusal(work)).toMatchObject({ code: 'ERR_BAD_ARGUMENT', path: at });
});

const REFUSED: readonly (readonly [string, string, () => unknown])[] = [
  ['save', 'familes', () => save(wrong({ familes: ['ipv4'] }))],
  ['save', 'firewalls[0]', () => save(wrong({ firewalls: [{}] }))],
  ['save', 'families', () => save(wrong({ families: 'ipv4' }))],
  ['save', 'files.ipv4', () => save({ files: { ipv4: '/tmp/x\0' } })],
  ['save', 'files.ip4', () => save(wrong({ files: { ip4: '/tmp/x' } }))],
  ['save', 'layout', () => save(wrong({ layout: 'debian' }))],
  ['save', 'root', () => save({ root: '' })],
  ['save', 'fallback', () => save(wrong({ fallback: true }))],
  ['load', 'ifChanged', () => load(wrong({ ifChanged: true }))],
  ['load', 'lock.wiat', () => load(wrong({ lock: { wiat: 1 } }))],
  ['autosave', 'firewalls', () => autosave(wrong(open()))],
  ['autosave', 'delay', () => autosave([], { delay: Number.NaN })],
  ['autosave', 'onSave', () => autosave([], wrong({ onSave: 'x' }))],
  ['doctor', 'firewalls', () => doctor(wrong({ firewalls: [] }))],
  ['firewalld', 'roto', () => firewalld(wrong({ roto: '/' }))],
  ['bootService', 'root', () => bootService(wrong({ root: 5 }))],
  ['iptablesService', 'family', () => iptablesService(wrong('ip6'))],
  ['installBootUnit', 'command', () => installBootUnit({ command: ['iptc'] })],
  ['installBootUnit', 'command[1]', () => installBootUnit({ command: ['/bin/true', 'x\nExecStart=/bin/false'] })],
  ['installBootUnit', 'onFailure', () => installBootUnit(wrong({ onFailure: 'shut' }))],
  ['uninstallBootUnit', 'options', () => uninstallBootUnit(wrong(null))],
  ['setUpBasicServer', 'allow', () => setUpBasicServer(wrong(undefined))],
  ['setUpBasicServer', 'confirm', () => setUpBasicServer(wrong({ allow: ['ssh'] }))],
  ['setUpBasicServer', 'dryrun', () => setUpBasicServer(wrong({ allow: [], confirm: async () => true, dryrun: true }))],
  ['MemoryBackend', 'family', () => new MemoryBackend(wrong('ip6'))],
  ['MemoryBackend', 'dealy', () => new MemoryBackend('ipv4', wrong({ dealy: 5 }))],
  [
    'MemoryBackend',
    'revisions.match.tcp',
    () => new MemoryBackend('ipv4', wrong({ revisions: { match: { tcp: 0 }, target: {} } })),
  ],
  ['table', 'name', () => new MemoryBackend('ipv4').table('fitler')],
  ['failNext', 'stage', () => new MemoryBackend('ipv4').failNext(wrong('comit'), 1)],
  ['failNext', 'error', () => new MemoryBackend('ipv4').failNext('commit', wrong('EPERM'))],
];
test.each(REFUSED)('%s refuses a wrong %s', async (call, at, work) => {
  const error = await refusal(work);
  expect(error).toMatchObject({ code: 'ERR_BAD_ARGUMENT', path: at });
  expect(error.message).toContain(`${call}()`);
});

test('a table of another kind than a name is refused as an argument', () => {
  for (const name of [null, 5, {}, Symbol('filter'), ['filter']])
    expect(() => open().table(wrong(name))).toThrow(/^Expected raw, mangle, nat, filter or security/);
});
