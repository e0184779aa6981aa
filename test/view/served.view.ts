import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { MULTI } from '../harness/commands';
import { temporaryFolder } from '../harness/temporary';
import { checked, LOOKS, launch, open } from './browser';
import { SERVER } from './rules';

const folder = temporaryFolder('served');
const env = { ...process.env, XTABLES_LOCKFILE: join(folder, 'lock') };
const iptc = (words: readonly string[], input = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn('node', [MULTI, ...words], { env });
    let text = '';
    child.stdout.on('data', (piece) => {
      text += piece;
    });
    child.stderr.on('data', (piece) => {
      text += piece;
    });
    child.on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(text))));
    child.stdin.end(input);
  });

const until = async (so: () => Promise<boolean>) => {
  for (let i = 0; !(await so()); i++) {
    if (i > 100) throw new Error('It does not become so');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** In the namespace that the run has for itself: the browser has to get there. */
describe('a page that is served', () => {
  let browser: Browser;
  let server: ChildProcess;
  let url: string;
  beforeAll(async () => {
    await iptc(['iptc-restore'], SERVER);
    await iptc(['iptc-ipset', 'restore'], 'create office hash:net\nadd office 203.0.113.128/25\n');
    await iptc(['iptc', '-A', 'OUTPUT', '-m', 'set', '--match-set', 'office', 'dst', '-j', 'ACCEPT']);
    server = spawn('node', [MULTI, 'iptc', 'view', '--serve', '--trace'], { env });
    url = await new Promise((resolve) => {
      server.stdout!.once('data', (text: Buffer) => resolve(/^\S+/.exec(text.toString())![0]));
    });
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT');
    expect(await ended).toBe(0);
    await iptc(['iptc', '-F']);
    await iptc(['iptc-ipset', 'destroy']);
  });

  test('counts while one looks, and shows rules that come', async () => {
    const { page, heard } = await open(browser, url, 'wide');
    expect(page.url()).not.toContain('token');
    const count = () => page.innerText('.row:has-text("-i lo") .count');
    // Each question for counters is a packet on loopback by itself.
    await page.waitForSelector('.row:has-text("-i lo") .count i');
    expect(await count()).toMatch(/^\d.* \+[\d.]+K?\/s$/);
    await iptc(['iptc', '-A', 'FORWARD', '-s', '198.51.100.9', '-j', 'DROP']);
    await page.waitForSelector('.row:has-text("198.51.100.9")');
    await page.reload();
    await page.waitForSelector('.row:has-text("198.51.100.9")');
    expect(heard).toEqual([]);
    await page.context().close();
  });
  test('finds the rules whose set has an address', async () => {
    const { page, heard } = await open(browser, url, 'wide');
    await page.waitForSelector('button:has-text("Findings")');
    const found = async (query: string) => {
      await page.fill('input[type=search]', query);
      return page.innerText('.rules');
    };
    expect(await found('203.0.113.200')).toContain('--match-set office dst');
    expect(await found('203.0.113.20')).not.toContain('--match-set office dst');
    expect(heard).toEqual([]);
    await page.context().close();
  });
  test('traces live packets while one looks, and leaves nothing', async () => {
    const opened = await open(browser, url, 'wide');
    const { page } = opened;
    await page.click('button:has-text("Trace")');
    await page.fill('input[name=filter]', '-p tcp --dport 443 --nonsense');
    await page.click('form button:has-text("Trace")');
    await page.waitForSelector('text=nonsense');
    const { port } = new URL(url);
    await page.fill('input[name=filter]', port);
    await page.click('form button:has-text("Trace")');
    // The page itself is heard, once a second.
    await page.click('.said li button:has-text(" in lo")');
    await page.waitForSelector('.row.lit:has-text("-i lo")');
    await page.waitForSelector('.node.lit:has-text("INPUT")');
    expect(await iptc(['iptc', '-t', 'raw', '-S'])).toContain('-j TRACE');
    await page.click('form button:has-text("Stop")');
    await page.waitForSelector('text=Stopped.');
    await until(async () => !(await iptc(['iptc', '-t', 'raw', '-S'])).includes('TRACE'));
    await checked(opened, 'trace-wide');
  });
  test('tells nothing without its token', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(url.replace(/#.*/, ''));
    await page.waitForSelector('text=lacks its token');
    await context.close();
  });
  for (const look of Object.keys(LOOKS))
    test(`follows a packet, ${look}`, async () => {
      const opened = await open(browser, url, look);
      const { page } = opened;
      await page.click('button:has-text("Packet")');
      for (const [name, value] of Object.entries({
        source: '192.0.2.8',
        destination: '192.0.2.1',
        protocol: 'tcp',
        sport: '40000',
        dport: '22',
        inInterface: 'eth0',
        ctstate: 'NEW',
      }))
        await page.fill(`input[name=${name}]`, value);
      await page.click('button:has-text("Follow it")');
      await page.waitForSelector('text=Verdict: ACCEPT.');
      await page.waitForSelector('.row.lit:has-text("--dport 22")');
      const lit = await page.locator('.node.lit text:not(.note)').allTextContents();
      expect(lit.sort()).toEqual(['INPUT', 'banned', 'services']);
      await checked(opened, `packet-${look}`);
    });
  test('says what is wrong with a packet', async () => {
    const { page } = await open(browser, url, 'wide');
    await page.click('button:has-text("Packet")');
    await page.fill('input[name=source]', 'nowhere');
    await page.click('button:has-text("Follow it")');
    await page.waitForSelector('.packet [role=status]:has-text("nowhere")');
    await page.context().close();
  });
});

describe('a report', () => {
  for (const look of Object.keys(LOOKS))
    test(`is shown ${look}`, async () => {
      const browser = await launch();
      const out = join(folder, 'report.html');
      await iptc(['iptc', 'report', '--out', out, '--redact']);
      await checked(await open(browser, `file://${out}`, look, 'h2'), `report-${look}`);
      await browser.close();
    });
});
