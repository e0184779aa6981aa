/** The built site as a reader meets it: no link leads nowhere, no page says anything on the console or is wider than it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { checked, LOOKS, launch, open } from '../view/browser';

const SITE = join(__dirname, '../../docs/.site/html');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
};
const files = (readdirSync(SITE, { recursive: true }) as string[]).filter((file) =>
  statSync(join(SITE, file)).isFile(),
);
const pages = files.filter((file) => file.endsWith('.html') && file !== '404.html');
const texts = new Map(pages.map((page) => [page, readFileSync(join(SITE, page), 'utf8')]));

/** A page of each kind; every page is opened once, these in all looks. */
const SAMPLE = [
  'index.html',
  'guide/getting-started.html',
  'guide/tutorial.html',
  'moving/execfile.html',
  'errors.html',
  'extensions/matches/tcp.html',
  'examples/index.html',
  'api/classes/libiptc.Firewall.html',
];
const AXE_SAMPLE = ['index.html', 'guide/tutorial.html', 'errors.html', 'extensions/matches/tcp.html'];
/** The generated reference's pages are alike: each tenth is opened. */
const opened = pages.filter((page, i) => !page.startsWith('api/') || i % 10 === 0 || SAMPLE.includes(page));

const seen = { links: 0, opened: 0, hovers: 0, console: 0 };

describe('the site', () => {
  let server: Server;
  let origin: string;
  let browser: Browser;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = decodeURIComponent(new URL(request.url!, 'http://x').pathname);
      const file = ['', '.html', 'index.html']
        .map((end) => join(SITE, path + end))
        .find((f) => existsSync(f) && statSync(f).isFile());
      if (file === undefined) return void response.writeHead(404).end();
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream').end(readFileSync(file));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    console.log(
      `${pages.length} pages, ${seen.opened} opened; ${seen.links} links; ${seen.console} console errors; ${seen.hovers} hovers`,
    );
  });

  test('has no link that leads nowhere', () => {
    const anchors = new Map<string, Set<string>>();
    const anchorsOf = (page: string) => {
      const known =
        anchors.get(page) ?? new Set([...texts.get(page)!.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id!));
      anchors.set(page, known);
      return known;
    };
    const broken: string[] = [];
    for (const [page, text] of texts) {
      for (const [, attribute] of text.matchAll(/<(?:a|img|script|link)\b[^>]*?\b(?:href|src)="([^"]*)"/g)) {
        seen.links++;
        if (/^(https?:|data:|mailto:)/.test(attribute!)) continue;
        const url = new URL(attribute!.replace(/&amp;/g, '&'), `http://site/${page}`);
        const path = decodeURIComponent(url.pathname.slice(1));
        const target = [path, `${path}.html`, join(path, 'index.html')].find((file) => files.includes(file));
        const anchor = decodeURIComponent(url.hash.slice(1));
        if (target === undefined || (anchor !== '' && texts.has(target) && !anchorsOf(target).has(anchor)))
          broken.push(`${page}: ${attribute}`);
      }
    }
    expect(seen.links).toBeGreaterThan(1000);
    expect(broken).toEqual([]);
  });

  test('has what is to be found on it', () => {
    const titled = (page: string) => /<h1[^>]*>(.*?)<\/h1>/s.exec(texts.get(page) ?? '')?.[1]?.replace(/<[^>]*>/g, '');
    for (const page of pages) expect([page, titled(page)]).not.toEqual([page, undefined]);
    seen.hovers = [...texts.values()].reduce((sum, text) => sum + text.split('twoslash-hover').length - 1, 0);
    expect(seen.hovers).toBeGreaterThan(500);
    const definitions = readFileSync(join(SITE, '../../extensions.md'), 'utf8').split('## Targets');
    for (const [i, kind] of (['matches', 'targets'] as const).entries()) {
      const names = new Set([...definitions[i]!.matchAll(/^### (\S+)/gm)].map(([, name]) => name!.toLowerCase()));
      expect(names.size).toBeGreaterThan(30);
      for (const name of names) expect(pages).toContain(`extensions/${kind}/${name}.html`);
    }
    // What settings are made of, and which words a type is of.
    for (const type of ['AddressRange', 'IcmpType', 'Masked', 'MatchName', 'Range', 'TcpFlags'])
      expect(pages).toContain(`api/types/libiptc.${type}.html`);
    expect(texts.get('api/types/conntrack.Status.html')).toMatch(/ASSURED/);
  });

  test('says nothing on the console, asks nobody else, and fits 390 px, on each page', async () => {
    const context = await browser.newContext(LOOKS.narrow!);
    const page = await context.newPage();
    const heard: string[] = [];
    page.on('console', (message) => heard.push(`${page.url()}: ${message.text()}`));
    page.on('pageerror', (error) => heard.push(`${page.url()}: ${error.message}`));
    page.on('response', (response) => {
      if (!response.ok() && response.status() !== 304) heard.push(`${response.status()} ${response.url()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) heard.push(request.url());
    });
    for (const path of opened) {
      await page.goto(`${origin}/${path}`);
      await page.waitForSelector('h1');
      const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      if (wider !== 0) heard.push(`${path} is ${wider} px wider`);
      seen.opened++;
    }
    await context.close();
    seen.console = heard.length;
    expect(heard).toEqual([]);
  });

  test.each(Object.keys(LOOKS))('can be read %s', async (look) => {
    for (const path of SAMPLE) {
      const there = await open(browser, `${origin}/${path}`, look, 'h1');
      if (AXE_SAMPLE.includes(path)) await checked(there, `${look}-${path.replace(/\W/g, '-')}`);
      else await there.page.context().close();
    }
  });

  test('finds headings by the local search', async () => {
    const { page } = await open(browser, `${origin}/index.html`, 'wide', 'h1');
    await page.click('.VPNavBarSearch button');
    await page.fill('.VPLocalSearchBox input', 'hashlimit');
    await page.waitForSelector('.result');
    expect(await page.textContent('.results')).toMatch(/hashlimit/);
    await page.context().close();
  });

  test('finds names of the API by it, and leads to their pages', async () => {
    const { page } = await open(browser, `${origin}/index.html`, 'wide', 'h1');
    for (const [name, at] of [
      ['AddressRange', '/api/types/libiptc.AddressRange.html'],
      ['setPolicySync', '/api/classes/libiptc.BuiltinChain.html#setpolicysync'],
      ['confirmWithin', '/api/interfaces/policy.GuardOptions.html#confirmwithin'],
    ] as const) {
      await page.goto(`${origin}/index.html`);
      await page.click('.VPNavBarSearch button');
      await page.fill('.VPLocalSearchBox input', name);
      await page.click(`.result[href="${at}"]`);
      await page.waitForURL(`${origin}${at}`);
      expect(await page.textContent('h1')).toMatch(name === 'AddressRange' ? name : /BuiltinChain|GuardOptions/);
    }
    await page.context().close();
  });

  test('shows a type where one points', async () => {
    const { page } = await open(browser, `${origin}/guide/tutorial.html`, 'wide', '.twoslash-hover');
    await page.hover('.twoslash-hover');
    await page.waitForSelector('.twoslash-popup-container', { state: 'visible' });
    expect(await page.textContent('.v-popper__popper--shown')).toMatch(/const input: BuiltinChain/);
    await page.context().close();
  });
});
