import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { MULTI } from '../harness/commands';
import { temporaryFolder } from '../harness/temporary';
import { checked, LOOKS, launch, open } from './browser';
import { HOSTILE, many, PLANNED, SERVER, WRONG } from './rules';

const folder = temporaryFolder('view');
const made = (name: string, rules: string, plan?: string): string => {
  writeFileSync(join(folder, name), rules);
  if (plan === undefined) return fileOf(join(folder, name), name);
  writeFileSync(join(folder, `${name}.new`), plan);
  return fileOf(join(folder, name), name, '--plan', join(folder, `${name}.new`));
};
function fileOf(rules: string, name: string, ...words: readonly string[]): string {
  const out = join(folder, `${name}.html`);
  const six = /\.v6\./.test(rules) ? ['-6'] : [];
  const { status, stderr } = spawnSync('node', [MULTI, 'iptc', ...six, 'view', '--out', out, ...words, rules], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return `file://${out}`;
}

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe('a page of rules in a file', () => {
  let url: string;
  beforeAll(() => {
    url = made('server', SERVER);
  });
  for (const look of Object.keys(LOOKS)) {
    test(`is shown ${look}`, async () => {
      const opened = await open(browser, url, look);
      await checked(opened, `view-${look}`);
    });
    test(`explains a rule, ${look}`, async () => {
      const opened = await open(browser, url, look);
      const { page } = opened;
      await page.click('.row:has-text("--dport 22")');
      const detail = await page.innerText('.detail');
      expect(detail).toContain('its protocol is tcp');
      expect(detail).toContain('-A services -s 192.0.2.0/24');
      expect(page.url()).toMatch(/#table=ipv4\+filter&rule=\d+$/);
      await checked(opened, `rule-${look}`);
    });
  }
  test('is found by words, addresses and ports, and by its address again', async () => {
    const { page, heard } = await open(browser, url, 'wide');
    const found = async (query: string) => {
      await page.fill('input[type=search]', query);
      return page.innerText('.status');
    };
    expect(await found('192.0.2.77')).toBe('1 of 9 rules');
    expect(await found(':443')).toBe('1 of 9 rules');
    expect(await found('drop')).toMatch(/^\d of 9 rules$/);
    expect(await found('192.0.2.77 :443')).toBe('0 of 9 rules');
    expect(await found('conntrack accept')).toBe('1 of 9 rules');
    await page.goto('about:blank');
    await page.goto(`${url}#table=ipv4+filter&q=:443&rule=5`);
    await page.waitForSelector('.detail');
    expect(await page.inputValue('input[type=search]')).toBe(':443');
    expect(heard).toEqual([]);
    await page.context().close();
  });
  test('is used by keys alone', async () => {
    const { page, heard } = await open(browser, url, 'wide');
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.type')).toBe('search');
    await page.keyboard.type('established');
    expect(await page.innerText('.status')).toBe('1 of 9 rules');
    await page.fill('input[type=search]', '');
    await page.focus('.rules');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'Enter']) await page.keyboard.press(key);
    expect(await page.innerText('.detail code')).toBe('-A INPUT -i lo -j ACCEPT');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H2');
    await page.keyboard.press('Escape');
    expect(await page.$('.detail')).toBeNull();
    await page.focus('.node:has-text("services")');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.node[aria-pressed=true]:has-text("services")');
    expect(await page.innerText('.status')).toBe('3 of 9 rules');
    expect(heard).toEqual([]);
    await page.context().close();
  });
  test('leads from table to table, and from a rule to the chain that it jumps to', async () => {
    const { page, heard } = await open(browser, url, 'wide');
    await page.click('nav button:has-text("nat")');
    expect(await page.innerText('.rules')).toContain('MASQUERADE');
    await page.click('nav button:has-text("filter")');
    await page.click('.row:has-text("services"):has(.jump)');
    await page.click('.detail button:has-text("See chain services")');
    expect(await page.innerText('.chosen')).toBe('services ×');
    await page.click('.chosen');
    expect(await page.innerText('.status')).toBe('9 of 9 rules');
    await page.click('button:has-text("Map")');
    expect(await page.$('.map')).toBeNull();
    expect(heard).toEqual([]);
    await page.context().close();
  });
});

describe('what is found, and what a file would change,', () => {
  let url: string;
  beforeAll(() => {
    url = made('wrong', WRONG, PLANNED);
  });
  for (const look of Object.keys(LOOKS)) {
    test(`is beside the rules, ${look}`, async () => {
      const opened = await open(browser, url, look);
      const { page } = opened;
      const row = await page.innerText('.row:has-text("192.0.2.7")');
      expect(row).toContain('warning: never matches: rule 1 takes all of its packets');
      expect(await page.innerText('.row.chain:has-text("nobody")')).toContain(
        'note: is never entered: no rule jumps to it',
      );
      await page.click('button:has-text("Findings")');
      await page.click('.findings button:has-text("ipv4 filter services rule 3")');
      expect(await page.innerText('.detail')).toMatch(/never matches: rule 1 .*\(shadowed\)\nDelete it/);
      expect(page.url()).toMatch(/rule=\d+$/);
      await checked(opened, `findings-${look}`);
    });
    test(`is a difference with its traffic, ${look}`, async () => {
      const opened = await open(browser, url, look);
      const { page } = opened;
      await page.click('button:has-text("Plan")');
      expect(await page.innerText('.plan .goes:has-text("dport 22")')).toMatch(/^--A services -s 192\.0\.2\.0\/24 /);
      expect(await page.innerText('.plan')).toMatch(/ACCEPT -> DROP, to this machine: .*dport 22/);
      await checked(opened, `plan-${look}`);
    });
  }
});

test('what the kernel says is no markup', async () => {
  const opened = await open(browser, made('hostile', HOSTILE, HOSTILE.replace(/-A INPUT.*\n/, '')), 'wide');
  const { page } = opened;
  await page.click('button:has-text("Plan")');
  expect(await page.innerText('.plan')).toContain('</script><img src=x onerror=alert(1)>');
  await page.click('button:has-text("Findings")');
  expect(await page.innerText('.findings')).toContain('<b>chain</b>');
  await page.click('button:has-text("Findings")');
  expect(await page.innerText('.rules')).toContain('</script><img src=x onerror=alert(1)>');
  expect(await page.$('img, .rules script')).toBeNull();
  expect(await page.innerText('.map')).toContain('<b>chain</b>');
  await page.click('.row:has-text("onerror")');
  expect(await page.innerText('.detail')).toContain('<img src=x onerror=alert(1)>');
  await checked(opened, 'hostile');
});

test('20,000 rules are scrolled and searched, few of them in the document', async () => {
  const opened = await open(browser, made('many', many(20_000)), 'wide');
  const { page } = opened;
  const paint = await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime");
  const timed = async (what: string) =>
    page.evaluate(`(async () => {
      const start = performance.now();
      ${what};
      for (let i = 0; i < 2; i++) await new Promise((done) => requestAnimationFrame(done));
      return Math.round(performance.now() - start);
    })()`);
  const type = (text: string) =>
    timed(
      `const input = document.querySelector('input'); input.value = '${text}'; input.dispatchEvent(new Event('input', { bubbles: true }))`,
    );
  const took = {
    paint: Math.round(Number(paint)),
    word: await type('ban 777'),
    address: await type('10.0.3.7'),
    all: await type(''),
    scroll: await timed("document.querySelector('.rules').scrollTop = 260000"),
  };
  console.log('milliseconds:', JSON.stringify(took));
  expect(await page.innerText('.rules')).toContain('10.0.39.');
  await page.fill('input[type=search]', '10.0.3.7');
  expect(await page.innerText('.status')).toBe('1 of 20001 rules');
  await page.fill('input[type=search]', '');
  await page.focus('.rules');
  await page.keyboard.press('End');
  await page.waitForSelector('.row:has-text("20000")');
  expect(await page.$$eval('.row', (rows) => rows.length)).toBeLessThan(80);
  await checked(opened, 'many');
});

const RULESETS = process.env.RULESETS;
for (const name of RULESETS ? readdirSync(RULESETS).filter((file) => /\.rules$/.test(file)) : [])
  test(`${name} is shown`, async () => {
    let url: string;
    try {
      url = fileOf(join(RULESETS!, name), name);
    } catch (error) {
      // A file that iptables-restore refuses, too.
      expect((error as Error).message).not.toMatch(/^ +at /m);
      return;
    }
    await checked(await open(browser, url, 'wide'), name);
  });
