import { createHash } from 'node:crypto';
import { get, request } from 'node:http';
import { parseRuleset } from '../../../lib/index';
import { addressOf, concernsOf, holdersOf, isMeant, queryOf, spanOf } from '../../../lib/look/concerns';
import { seenRuleset } from '../../../lib/look/model';
import { pageData, pageHtml } from '../../../lib/look/page';
import { serve, Unanswerable } from '../../../lib/look/server';
import { describe, expect, test } from '../../harness';

const HOSTILE = '</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>';
const RULES = `*filter
:INPUT DROP [5:500]
:<b>x</b> - [0:0]
[3:4] -A INPUT -p tcp -m tcp --dport 22 -m comment --comment "${HOSTILE}" -j <b>x</b>
[1:2] -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
`;
const FILES = { script: 'run()', style: 'b{}' };
const data = () => pageData(HOSTILE, new Date(0), seenRuleset(parseRuleset(RULES)));

describe('the page', () => {
  test('is told rules, where they lead, and what they say in words that they share', () => {
    const { tables, words, time } = data();
    const [{ family, name, chains, rules } = { rules: [] }] = tables;
    expect([family, name, chains, time]).toEqual([
      'ipv4',
      'filter',
      [
        ['INPUT', 'DROP', 5, 500],
        ['<b>x</b>', null, 0, 0],
      ],
      '1970-01-01T00:00:00.000Z',
    ]);
    expect(rules.map(([chain, , target, jump, packets, bytes]) => [chain, target, jump, packets, bytes])).toEqual([
      [0, '<b>x</b>', 1, 3, 4],
      [0, 'ACCEPT', -1, 1, 2],
    ]);
    const explained = rules.map(([, , , , , , lines]) => lines.map((i) => words[i]));
    expect(explained[1]).toContain('  - its protocol is tcp');
    expect(words.filter((line) => line === '  - its protocol is tcp')).toHaveLength(1);
  });
  test('has no markup and no script but its own, and may fetch nothing', () => {
    const html = pageHtml(HOSTILE, FILES, data());
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script/g)).toHaveLength(2);
    expect(html).not.toMatch(/<img|<b>|<!--/);
    const told = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!;
    expect(JSON.parse(told)).toEqual(JSON.parse(JSON.stringify(data())));
    const hash = createHash('sha256').update('run()').digest('base64');
    expect(html).toContain(`content="default-src 'none'; script-src 'sha256-${hash}'; style-src 'sha256-`);
    expect(html).not.toContain('connect-src');
    expect(pageHtml('x', FILES, undefined)).toContain("connect-src 'self'");
  });
});

describe('who asks for an address or a port', () => {
  const meant = (query: string, rule: string) => isMeant(queryOf(query), rule.toLowerCase(), () => concernsOf(rule));

  test('finds the rules whose set has it', () => {
    const sets = new Map([
      ['bad', ['192.0.2.0/24', '2001:db8::1'].map((word) => spanOf(word)!)],
      ['good', [spanOf('10.0.0.5')!]],
    ]);
    const among = (query: string, rule: string) =>
      isMeant(queryOf(query), rule, () => concernsOf(rule), holdersOf(queryOf(query), sets));
    const rule = '-p tcp -m set --match-set bad src -j DROP';
    expect(['192.0.2.9', '2001:db8::1', '10.0.0.5', '192.0.3.1'].map((each) => among(each, rule))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    // Each address by itself: one of the set, the other of the rule.
    expect(among('192.0.2.9 10.0.0.5', '-d 10.0.0.5/32 -m set ! --match-set bad src -j DROP')).toBe(true);
    expect(among('192.0.2.9', '-m comment --comment "--match-set bad" -j DROP')).toBe(false);
  });
  test('finds the rules that name it', () => {
    for (const [query, rule, found] of [
      ['10.0.0.5', '-s 10.0.0.0/24 -j DROP', true],
      ['10.0.1.5', '-s 10.0.0.0/24 -j DROP', false],
      ['10.0.0.5', '! -d 10.0.0.5/32 -j DROP', true],
      ['10.0.0.5', '-s 10.0.0.1/255.0.0.255 -j DROP', false],
      ['10.9.9.1', '-s 10.0.0.1/255.0.0.255 -j DROP', true],
      ['10.0.0.5', '-m iprange --src-range 10.0.0.4-10.0.0.6 -j DROP', true],
      ['10.0.0.7', '-m iprange --src-range 10.0.0.4-10.0.0.6 -j DROP', false],
      ['10.0.0.5', '-p tcp -j DNAT --to-destination 10.0.0.5:8080', true],
      [':8080', '-p tcp -j DNAT --to-destination 10.0.0.5:8080', true],
      ['10.0.0.5', '-m comment --comment "not 10.0.0.5" -j DROP', false],
      ['10.0.0.5', '-j DROP', false],
      ['fd00::5', '-s fd00::/64 -j DROP', true],
      ['fd01::5', '-s fd00::/64 -j DROP', false],
      ['fd00::5', '-p tcp -j DNAT --to-destination [fd00::5]:80', true],
      ['10.0.0.5', '-s fd00::/64 -j DROP', false],
      [':443', '-p tcp -m multiport --dports 80,440:450 -j ACCEPT', true],
      [':451', '-p tcp -m multiport --dports 80,440:450 -j ACCEPT', false],
      [':65000', '-p udp -m udp --sport 1024: -j ACCEPT', true],
      [':80', '-p tcp -m tcp ! --dport 80 -j ACCEPT', true],
      [':80', '-p tcp -j REDIRECT --to-ports 80', true],
      ['10.0.0.5 :22 accept', '-s 10.0.0.5/32 -p tcp -m tcp --dport 22 -j ACCEPT', true],
      ['10.0.0.5 :22 drop', '-s 10.0.0.5/32 -p tcp -m tcp --dport 22 -j ACCEPT', false],
    ] as const)
      expect([query, rule, meant(query, rule)]).toEqual([query, rule, found]);
  });
  test('is understood', () => {
    expect(addressOf('10.0.0.255')).toBe('0a0000ff');
    expect([addressOf('10.0.0'), addressOf('tcp'), addressOf('a:b'), spanOf('10.0.0.0/33')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(queryOf('  Tcp 10.0.0.1 ::1 :80 ')).toEqual({
      words: ['tcp'],
      addresses: ['0a000001', '00000000000000000000000000000001'],
      ports: [80],
    });
  });
});

describe('the page that is served', () => {
  const ask = (url: string, headers: Record<string, string> = {}, body?: string): Promise<[number, string, string]> =>
    new Promise((resolve, reject) => {
      const on = (response: import('node:http').IncomingMessage) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece) => {
          text += piece;
        });
        response.on('end', () =>
          resolve([response.statusCode!, text, `${response.headers['content-security-policy']}`]),
        );
      };
      if (body === undefined) get(url, { headers }, on).on('error', reject);
      else request(url, { method: 'POST', headers }, on).on('error', reject).end(body);
    });

  test('tells rules to who has the token alone', async () => {
    let ended = false;
    const page = await serve('here', FILES, {
      data: async () => data(),
      counters: async () => ({ version: '1', tables: [] }),
      packet: async (asked) => {
        if (asked === 1) throw new Unanswerable('One is no packet.');
        return asked;
      },
      more: async () => ({ findings: [], sets: [] }),
      trace: async (asked, tell, signal) => {
        if (asked === 1) throw new Unanswerable('One is no filter.');
        tell({ asked });
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        ended = true;
      },
    });
    try {
      const [, origin, token] = /^(http:\/\/127\.0\.0\.1:\d+)\/#token=([\w-]{32})$/.exec(page.url)!;
      const bearer = { authorization: `Bearer ${token}` };
      const [status, html, policy] = await ask(`${origin}/`);
      expect([status, html.includes('INPUT')]).toEqual([200, false]);
      expect(policy).toContain("frame-ancestors 'none'");
      for (const path of ['/data', '/counters', '/more', '/packet', '/trace', '/else']) {
        expect((await ask(origin + path))[0]).toBe(403);
        expect((await ask(origin + path, { authorization: `Bearer ${token!.slice(1)}x` }))[0]).toBe(403);
        expect((await ask(origin + path, { ...bearer, host: 'evil.example' }))[0]).toBe(421);
      }
      expect(JSON.parse((await ask(`${origin}/data`, bearer))[1]).tables[0].name).toBe('filter');
      expect(JSON.parse((await ask(`${origin}/counters`, bearer))[1])).toEqual({ version: '1', tables: [] });
      expect(JSON.parse((await ask(`${origin}/more`, bearer))[1])).toEqual({ findings: [], sets: [] });
      // A trace is told while it goes on, and ends when nobody listens any more.
      expect((await ask(`${origin}/trace`, bearer, '{'))[0]).toBe(400);
      expect((await ask(`${origin}/trace`, bearer, '1'))[1]).toBe('{"error":"One is no filter."}\n');
      await new Promise<void>((resolve, reject) => {
        const asking = request(`${origin}/trace`, { method: 'POST', headers: bearer }, (response) =>
          response.once('data', (line) => {
            expect(String(line)).toBe('{"asked":2}\n');
            asking.destroy();
            resolve();
          }),
        ).on('error', reject);
        asking.end('2');
      });
      for (let i = 0; !ended && i < 200; i++) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(ended).toBe(true);
      expect((await ask(`${origin}/else`, bearer))[0]).toBe(404);
      expect((await ask(`${origin}/packet`, bearer, '{"a":2}')).slice(0, 2)).toEqual([200, '{"a":2}']);
      expect((await ask(`${origin}/packet`, bearer, '1')).slice(0, 2)).toEqual([400, 'One is no packet.']);
      expect((await ask(`${origin}/packet`, bearer, '{'))[0]).toBe(400);
      expect((await ask(`${origin}/packet`, bearer, `"${'x'.repeat(70_000)}"`))[0]).toBe(400);
    } finally {
      await page.close();
    }
  });
});
