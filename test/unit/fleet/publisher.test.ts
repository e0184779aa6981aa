// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so policies name variables
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Ajv2020 from 'ajv/dist/2020';
import { type FleetPolicy, memoryStore, newKeys, Publisher, parsePolicy } from '../../../lib/fleet';
import { canonical } from '../../../lib/fleet/canonical';
import { afterEach, beforeEach, describe, expect, test } from '../../harness';
import { keys, policy, World } from './world';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('JSON in one form', () => {
  test('is that of RFC 8785', () => {
    // The RFC's own: section 3.2.2 and 3.2.3.
    const numbers = [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001];
    expect(canonical({ numbers, string: '€$\u000f\nA\'B"\\\\"/', literals: [null, true, false] })).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    const keys = { '€': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 };
    expect(Object.values(JSON.parse(canonical(keys).replace(/"1":4,/, '')))).toEqual([2, 6, 7, 1, 5, 3]);
  });
  test('says nothing that JSON can’t', () => {
    for (const wrong of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      5n,
      '\ud800',
      { '\udc00': 1 },
      new Date(),
      [undefined],
      () => {},
    ])
      expect(() => canonical(wrong)).toThrow('Expected');
    expect(canonical({ a: undefined, b: '😀' })).toBe('{"b":"😀"}');
  });
});

describe('a policy', () => {
  test('is written as one, signed, in one form', async () => {
    const publisher = await world.publisher();
    const published = await publisher.publish('web', policy('192.0.2.1'), { message: 'the first' });
    expect(published).toMatchObject({ fleet: 'default', group: 'web', seq: 1, author: 'tester', message: 'the first' });
    const { items } = await world.store.read(['group/', 'blob/']);
    expect([...items.keys()].sort()).toEqual([`blob/${published.blob}`, 'group/web/head', 'group/web/seq/0000000001']);
    expect(new Set([...items.values()].map(({ revision }) => revision)).size).toBe(1);
    const text = gunzipSync(items.get(`blob/${published.blob}`)!.value).toString();
    expect(text).toBe(
      '{"own":["web","web-*"],"rulesets":[{"family":"ipv4","tables":[{"chains":[{"name":"web"}],"name":"filter","rules":[{"chain":"INPUT","rule":{"target":"web"}},{"chain":"web","rule":{"source":"192.0.2.1","target":"ACCEPT"}}]}]}],"version":1}',
    );
  });
  test('comes from one of two that publish at once; the other is told whose', async () => {
    const [one, two] = [await world.publisher({ author: 'one' }), await world.publisher({ author: 'two' })];
    const both = await Promise.allSettled([
      one.publish('web', policy('192.0.2.1')),
      two.publish('web', policy('192.0.2.2')),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { reason } = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    const winner = both[0]!.status === 'fulfilled' ? 'one' : 'two';
    expect(reason).toEqual(
      refusal('ERR_CONFLICT', new RegExp(`^Cannot publish for group web: ${winner} was faster, with number 1$`)),
    );
  });
  test('is kept for so long, and no rules are that nobody has', async () => {
    const publisher = await world.publisher();
    await publisher.publish('other', policy('192.0.2.0'));
    for (let i = 0; i < 60; i++) await publisher.publish('web', policy(`192.0.2.${i}`));
    const { items } = await world.store.read(['group/', 'blob/']);
    const of = (start: string) => [...items.keys()].filter((key) => key.startsWith(start)).length;
    expect([of('group/web/seq/'), of('group/other/seq/'), of('blob/')]).toEqual([50, 1, 51]);
    expect((await publisher.history('web'))[0]?.seq).toBe(11);
    await expect(publisher.rollback('web', { to: 3 })).rejects.toEqual(
      refusal('ERR_NO_OBJECT', /^Cannot go back to number 3 of group web: it has none$/),
    );
  });
  test('of no key that is believed is not gone back to', async () => {
    const forger = await world.publisher({ key: newKeys().private });
    await forger.publish('web', policy('0.0.0.0/0'));
    const publisher = await world.publisher();
    const unknown = refusal('ERR_SIGNATURE', /a key that is not known here/);
    await expect(publisher.rollback('web')).rejects.toEqual(unknown);
    await expect(publisher.publish('web', policy('192.0.2.1'), { waves: ['10%'] })).rejects.toEqual(unknown);
  });
  test('needs a key to be published', async () => {
    const reader = await Publisher.open(memoryStore());
    await expect(reader.publish('web', policy())).rejects.toEqual(refusal('ERR_BAD_ARGUMENT', /^Expected a key /));
  });
  test('can be too large', async () => {
    const publisher = await world.publisher();
    const comment = () => Array.from({ length: 40 }, () => Math.random().toString(36).slice(2, 8)).join('');
    const rules = Array.from({ length: 9_000 }, () => ({
      chain: 'web',
      rule: { match: [{ comment: { comment: comment() } }] },
    }));
    const large = {
      version: 1,
      own: ['web'],
      rulesets: [{ family: 'ipv4', tables: [{ name: 'filter', chains: [], rules }] }],
    } as const;
    await expect(publisher.publish('web', large as unknown as FleetPolicy)).rejects.toEqual(
      refusal(
        'ERR_BAD_ARGUMENT',
        /^Cannot publish the policy: packed it has \d+ bytes, and 1200000 are what a store takes$/,
      ),
    );
  });
});

test('a policy is as its schema says', async () => {
  const read = (name: string) => JSON.parse(readFileSync(join(__dirname, '../../../schema', name), 'utf8')) as object;
  const validate = new Ajv2020({ allowUnionTypes: true }).addSchema(read('ruleset.json')).compile(read('policy.json'));
  const varying = parsePolicy(
    {
      ipv4: '*filter\n:web - [0:0]\n-A web -s ${lan} -j DROP\n-A web -p tcp --dport 22 -j ACCEPT\nCOMMIT\n',
      ipv6: '*raw\nCOMMIT\n',
    },
    { group: 'web', variables: { lan: '10.0.0.0/8' }, counters: ['a'] },
  );
  expect([validate(varying), validate.errors]).toEqual([true, null]);
  for (const wrong of [
    { ...varying, own: [] },
    { ...varying, version: 2 },
    { ...varying, more: 1 },
    { version: 1 },
    { ...varying, variables: { lan: '-j DROP' } },
  ])
    expect(validate(wrong)).toBe(false);
});

describe('a policy’s text', () => {
  const filter = (lines: string) => ({ ipv4: `*filter\n${lines}\nCOMMIT\n` });
  test('keeps texts of rules that vary, and data of the others', () => {
    const { rulesets } = parsePolicy(
      filter(':web - [0:0]\n[3:180] -A web -s ${lan} -p tcp --dport 22 -j ACCEPT\n-A web -i lo -j ACCEPT'),
      { group: 'web' },
    );
    expect(rulesets[0]!.tables[0]!.rules).toEqual([
      { chain: 'web', rule: '-s ${lan} -p tcp --dport 22 -j ACCEPT' },
      { chain: 'web', rule: { inInterface: 'lo', target: 'ACCEPT' } },
    ]);
  });
  test.each<[string, string, RegExp]>([
    [
      ':INPUT DROP [0:0]',
      'ERR_BAD_RULE',
      /^Expected rules of chains of its own alone but received policy DROP of chain INPUT$/,
    ],
    [
      ':db - [0:0]',
      'ERR_BAD_RULE',
      /^Expected rules of the chains web, web-\* alone but received chain db of table filter$/,
    ],
    ['-A INPUT -j DROP', 'ERR_BAD_RULE', /received a rule of chain INPUT that leads to none of them$/],
    [':web - [0:0]\n-A web --nonsense', 'ERR_BAD_RULE', /nonsense/],
    [':web - [0:0]\n-A web -s ${lan} --nonsense', 'ERR_BAD_RULE', /nonsense/],
  ])('that can’t be is refused: %s', (lines, code, message) => {
    expect(() => parsePolicy(filter(lines), { group: 'web', variables: { lan: '10.0.0.0/8' } })).toThrow(
      refusal(code, message),
    );
  });
  test('can’t be made more than a word by a variable', () => {
    for (const wrong of ['10.0.0.1 -j ACCEPT', '-j', '', 'a"b', 'x'.repeat(2000)])
      expect(() => parsePolicy(filter(':web - [0:0]'), { group: 'web', variables: { lan: wrong } })).toThrow(
        refusal('ERR_BAD_ARGUMENT', /^Expected a word/),
      );
  });
});

test('keys are texts, of which one is secret', async () => {
  expect(keys.public).toMatch(/^ed25519 [A-Za-z0-9+/]{43}=$/);
  const wrong = await Publisher.open(memoryStore(), { key: 'secret nonsense' }).catch((error: Error) => error);
  expect((wrong as Error).message).not.toContain('secret');
});
