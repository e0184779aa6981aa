/** A browser without a screen, and what every page in it has to be: silent, closed, accessible, and no wider than it is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from '../harness';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  wide: { viewport: { width: 1280, height: 800 } },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  narrow: { viewport: { width: 390, height: 800 } },
  'narrow-dark': { viewport: { width: 390, height: 800 }, colorScheme: 'dark' },
};

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] });

export interface Opened {
  readonly page: Page;
  /** What it said on the console, threw, and asked for besides itself. */
  readonly heard: string[];
}

export async function open(browser: Browser, url: string, look: string, waitFor = '.row'): Promise<Opened> {
  const context = await browser.newContext(LOOKS[look]!);
  const page = await context.newPage();
  const heard: string[] = [];
  page.on('console', (message) => heard.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => heard.push(`error: ${error.message}`));
  const origin = url.replace(/(?<=^http:\/\/[^/]+).*|#.*/, '');
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
      heard.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForSelector(waitFor);
  return { page, heard };
}

/** Ends the page: axe's own doing isn't the page's. */
export async function checked({ page, heard }: Opened, picture: string): Promise<void> {
  expect(heard).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
  if (process.env.PICTURES) await page.screenshot({ path: join(process.env.PICTURES, `${picture}.png`) });
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run({ preload: false })')) as {
    violations: readonly { id: string; nodes: readonly { html: string; failureSummary: string }[] }[];
  };
  expect(
    violations.map(({ id, nodes }) => [
      id,
      nodes.slice(0, 3).map(({ html, failureSummary }) => [html, failureSummary]),
    ]),
  ).toEqual([]);
  await page.context().close();
}
