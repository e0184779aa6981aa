// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so policies name variables
/** Who can write to the store, and has no key. What the store holds may be anything. */
import { table } from '../../../lib/cli/fleet/status';
import { parsePolicy } from '../../../lib/fleet';
import { afterEach, beforeEach, describe, expect, test } from '../../harness';
import { has, policy, problem, World } from './world';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const put = (key: string, value: unknown) =>
  world.store.commit({
    put: [{ key, value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) }],
  });
const get = async (key: string) =>
  JSON.parse(Buffer.from((await world.store.read([key])).items.get(key)!.value).toString());

describe('an envelope', () => {
  test('written in another way is no other one: what has failed is not tried again', async () => {
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'));
    const host = await world.host('a');
    await host.until(has(1));
    // A policy that can't be.
    await publisher.publish(
      'web',
      parsePolicy({ ipv4: '*filter\n:web - [0:0]\n-A web -s ${no} -j DROP\nCOMMIT\n' }, { group: 'web' }),
    );
    await host.until(problem('failed'));
    const head = await get('group/web/head');
    const { payload, sig, keyid } = head.policy;
    let tried = 0;
    host.agent.on('status', ({ trying }) => {
      if (trying) tried++;
    });
    for (const written of [
      { payload, keyid, sig: `${sig}\n` },
      { payload, keyid, sig: sig.replace(/=+$/, '') },
      { payload: `${payload.slice(0, 8)} ${payload.slice(8)}`, keyid, sig },
      { payload: payload.replace(/=+$/, '----'), keyid, sig },
      { payload, keyid, sig, more: 'x'.repeat(1000) },
    ]) {
      const before = host.agent.status.problems.web;
      await put('group/web/head', { policy: written });
      if ('more' in written) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(host.agent.status.problems.web).toMatchObject({ kind: 'failed', seq: 2 });
      } else {
        await host.until(problem('refused'));
        expect(host.agent.status.problems.web).not.toEqual(before);
        await put('group/web/head', head);
        await host.until(problem('failed'));
      }
    }
    expect(tried).toBe(0);
  });

  test('says nothing of another host, group, kind or fleet', async () => {
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'));
    const host = await world.host('a', { labels: { role: 'web' } });
    await host.until(has(1));
    await publisher.setHost('b', { groups: ['lax'] });
    await publisher.setGroup('lax', { role: 'web' });
    const [ofB, ofLax, { policy: ofWeb }] = await Promise.all(['hostcfg/b', 'selector/lax', 'group/web/head'].map(get));
    await world.store.commit({ delete: ['selector/lax'] });
    for (const [key, value, why] of [
      ['hostcfg/a', ofB, 'it is signed for host "b"'],
      ['hostcfg/a', ofLax, 'it is signed as a group'],
      ['selector/other', ofLax, 'it is signed for group "lax"'],
      ['selector/web', ofWeb, 'it is signed as a policy'],
    ] as const) {
      await put(key, value);
      await host.until(({ problems }) => problems[key]?.message.endsWith(why) === true);
      await world.store.commit({ delete: [key] });
    }
    expect(host.agent.status).toMatchObject({ policies: { web: { seq: 1 } } });
  });
});

describe('a name that objects have', () => {
  test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])('%s is one like others', async (group) => {
    const publisher = await world.publisher();
    const text = `*filter\n:own - [0:0]\n-A INPUT -j own\n-A own -s 192.0.2.1 -j DROP\nCOMMIT\n`;
    await publisher.publish(group, parsePolicy({ ipv4: text }, { own: ['own'] }));
    await publisher.setGroup(group, { [group]: 'x' });
    const host = await world.host(group, { groups: [], labels: { [group]: 'x' } });
    await host.until(({ policies }) => Object.hasOwn(policies, group) && policies[group]?.seq === 1);
    expect(host.agent.status.problems).toEqual({});
    // It is reported in a moment.
    for (let i = 0; i < 200 && (await publisher.status()).groups[0]?.good !== 1; i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await publisher.status()).groups).toMatchObject([{ group, good: 1, failed: 0 }]);
    const again = publisher.publish(group, parsePolicy({ ipv4: text.replace('DROP', 'ACCEPT') }, { own: ['own'] }), {
      waves: ['100%'],
      hold: 1,
    });
    await again;
    expect(await publisher.rollOut(group)).toBe(undefined);
    await host.until(({ policies }) => policies[group]?.seq === 2);
  });
  test('a label or a variable is no other', async () => {
    const publisher = await world.publisher();
    const text = '*filter\n:web - [0:0]\n-A web -s ${constructor} -j DROP\nCOMMIT\n';
    await publisher.publish('web', parsePolicy({ ipv4: text }, { group: 'web' }));
    await publisher.setGroup('all', { constructor: 'x' });
    const host = await world.host('a');
    const { problems } = await host.until(problem('failed'));
    expect(problems.web?.message).toContain('nothing says what ${constructor} is');
    expect(host.agent.status.groups).toEqual(['web']);
  });
});

describe('rubbish in the store', () => {
  const RUBBISH = [
    '',
    '{',
    'null',
    '5',
    '[]',
    '{"policy":5}',
    '{"policy":{}}',
    '{"policy":{"payload":"@@"}}',
    '{"policy":{"payload":"bnVsbA=="}}',
    '\u001b[2J',
  ];

  test('is told of, and hides nothing else', async () => {
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'));
    const host = await world.host('a');
    await host.until(has(1));
    for (const [i, rubbish] of RUBBISH.entries()) {
      await put(`group/r${i}/head`, rubbish);
      await put(`host/r${i}/status`, rubbish);
      await put(`group/r${i}/seq/0000000001`, rubbish);
    }
    await put('host/c\u001b[2J/status', {
      ...(await get('host/a/status')),
      host: 'c\u001b[2J',
      policies: { 'x\u001b': { seq: 1 } },
    });
    const status = await publisher.status();
    expect(status.groups.map(({ group }) => group)).toEqual(['web']);
    expect(status.unreadable).toHaveLength(RUBBISH.length);
    const shown = table(status, Date.now());
    expect(shown).toContain('Cannot read the head of group r0: ');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for
    expect(shown.replace(/\n/g, '')).not.toMatch(/[\u0000-\u001f]/);
    for (const i of RUBBISH.keys()) expect(await publisher.history(`r${i}`)).toEqual([]);
    await publisher.metrics();
  });
  test('in a group is refused by its hosts, and can be published over by who says so', async () => {
    const publisher = await world.publisher();
    for (const address of ['192.0.2.1', '192.0.2.2']) await publisher.publish('web', policy(address));
    const host = await world.host('a');
    await host.until(has(2));
    for (const rubbish of RUBBISH) {
      await put('group/web/head', rubbish);
      await host.until(({ problems }) => problems.web?.kind === 'refused');
      await expect(publisher.publish('web', policy('192.0.2.9'))).rejects.toMatchObject({
        code: 'ERR_SIGNATURE',
        hint: expect.stringContaining('force'),
      });
      await expect(publisher.abort('web')).rejects.toMatchObject({ code: 'ERR_SIGNATURE' });
    }
    for (const key of ['x', '9007199254740993', '0000000003', '-5']) await put(`group/web/seq/${key}`, 'rubbish');
    expect((await publisher.history('web')).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(await publisher.publish('web', policy('192.0.2.3'), { force: true })).toMatchObject({ seq: 3 });
    await host.until(has(3));
    expect(await publisher.rollback('web', { to: 1 })).toMatchObject({ seq: 4 });
    await host.until(has(4));
    expect(host.agent.status.problems).toEqual({});
  });
  test('does not keep a publisher from saying what is published, where old ones go', async () => {
    const publisher = await world.publisher();
    await put('group/web/seq/0000000000', 'rubbish');
    await put('group/other/head', 'rubbish');
    for (let i = 1; i <= 52; i++) await publisher.publish('web', policy(`192.0.2.${i}`));
    expect((await publisher.history('web')).length).toBe(50);
  });
  test('under a host’s name keeps nobody from reporting for long', async () => {
    await put('host/a/alive', '{');
    const publisher = await world.publisher();
    await publisher.publish('web', policy('192.0.2.1'));
    const host = await world.host('a');
    const { problems } = await host.until((status) => has(1)(status) && status.problems['the store'] !== undefined);
    expect(problems['the store']).toMatchObject({ code: 'ERR_BUSY' });
  });
});

describe('a policy', () => {
  test('may not lead elsewhere by a variable', async () => {
    const publisher = await world.publisher();
    const host = await world.host('a', { variables: { to: 'ACCEPT', chain: 'web' } });
    const text = (rule: string) =>
      parsePolicy(
        { ipv4: `*filter\n:web - [0:0]\n-A INPUT ${rule}\n-A web -s 192.0.2.3 -j DROP\nCOMMIT\n` },
        { group: 'web' },
      );
    await publisher.publish('web', text('-j ${chain}'));
    await host.until(has(1));
    const saved = await host.saved();
    await publisher.publish('web', text('-s 192.0.2.1 -j ${to}'));
    const { problems } = await host.until(problem('failed'));
    expect(problems.web?.message).toMatch(
      /Expected rules of the chains web, web-\* alone but received a rule of chain INPUT/,
    );
    expect(await host.saved()).toBe(saved);
  });
  test('of more than was signed is not unpacked, and one of no hash is not looked for', async () => {
    const host = await world.host('a');
    await (await world.publisher()).publish('web', policy('192.0.2.1'));
    await host.until(has(1));
    const refused = (seq: number, why: string) =>
      host.until(({ problems }) => problems.web?.seq === seq && problems.web.message.includes(why));
    const bomb = { version: 1, own: ['web'], rulesets: [], zeros: '0'.repeat(32 << 20) };
    await world.signed('web', 2, bomb, { size: 100 });
    const before = process.memoryUsage().rss;
    await refused(2, "what the store has isn't what was signed");
    expect(process.memoryUsage().rss - before).toBeLessThan(16 << 20);
    await world.signed('web', 3, bomb, { size: 2 ** 40 });
    await refused(3, "what the store has isn't what was signed");
    for (const wrong of [{ blob: '../../../../etc/passwd' }, { blob: 5 }, { size: '1' }, { size: -0.5 }]) {
      await world.signed('web', 4, bomb, wrong);
      await host.until(({ problems }) => /does not say which rules|has no policy/.test(problems.web?.message ?? ''));
      await world.signed('web', 3, bomb, { size: 2 ** 40 });
      await host.until(({ problems }) => !/does not say which rules|has no policy/.test(problems.web?.message ?? ''));
    }
    expect(await host.saved()).toContain('192.0.2.1');
  });
  test.each([
    ['another version', { version: 2, own: ['web'], rulesets: [] }],
    ['no shape', { version: 1, own: 'web', rulesets: {} }],
    [
      'a table of no name',
      {
        version: 1,
        own: ['web'],
        rulesets: [{ family: 'ipv4', tables: [{ name: '__proto__', chains: [], rules: [] }] }],
      },
    ],
    [
      'chains of others',
      {
        version: 1,
        own: ['web'],
        rulesets: [{ family: 'ipv4', tables: [{ name: 'filter', chains: [{ name: 'db' }], rules: [] }] }],
      },
    ],
  ])('of %s is refused by hosts, whoever signed it', async (_, wrong) => {
    const host = await world.host('a');
    await (await world.publisher()).publish('web', policy('192.0.2.1'));
    await host.until(has(1));
    const saved = await host.saved();
    await world.signed('web', 2, wrong);
    await host.until(problem('failed'));
    expect(host.agent.status.policies.web?.seq).toBe(1);
    expect(await host.saved()).toBe(saved);
  });
});
