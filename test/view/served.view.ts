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

/** In the namespace that the run has for itself: the browser has to get there. */
describe('a page that is served', () => {
  let browser: Browser;
  let server: ChildProcess;
  let url: string;
  beforeAll(async () => {
    await iptc(['iptc-restore'], SERVER);
    server = spawn('node', [MULTI, 'iptc', 'view', '--serve'], { env });
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
