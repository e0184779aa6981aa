/** The page of `iptc view`: what it is told, and the one file that it is. */
import { createHash } from 'node:crypto';
import { explainRule } from '../command/explain';
import { escapeText } from './markup';
import { jumpOf, type SeenTable, targetName } from './model';
import type { PageData, PageRule } from './page-data';

export function pageData(
  title: string,
  time: Date,
  tables: readonly SeenTable[],
  more: Pick<PageData, 'more' | 'traces'> = {},
): PageData {
  const words: string[] = [];
  const known = new Map<string, number>();
  const place = (line: string): number => {
    let at = known.get(line);
    if (at === undefined) {
      at = words.push(line) - 1;
      known.set(line, at);
    }
    return at;
  };
  return {
    title,
    time: time.toISOString(),
    tables: tables.map(({ family, name, chains }) => {
      const numbers = new Map(chains.map((chain, i) => [chain.name, i]));
      return {
        family,
        name,
        chains: chains.map((chain) => [chain.name, chain.policy ?? null, Number(chain.packets), Number(chain.bytes)]),
        rules: chains.flatMap(({ rules }, chain) =>
          rules.map((rule): PageRule => {
            const jump = numbers.get(jumpOf(rule, numbers) ?? '') ?? -1;
            const lines = explainRule(family, rule.rule).split('\n').map(place);
            return [chain, rule.text, targetName(rule), jump, Number(rule.packets), Number(rule.bytes), lines];
          }),
        ),
      };
    }),
    words,
    ...more,
  };
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but these two texts runs or counts, and nothing leaves the page; `connect`: but to where it came from. */
export const policyOf = ({ script, style }: PageFiles, connect: boolean): string =>
  `default-src 'none'; script-src ${script === '' ? "'none'" : hash(script)}; style-src ${hash(style)}; img-src data:; ${connect ? "connect-src 'self'; " : ''}base-uri 'none'; form-action 'none'`;

export interface PageFiles {
  readonly script: string;
  readonly style: string;
}

/** `data`: undefined where it is asked for. */
export function pageHtml(title: string, files: PageFiles, data: PageData | undefined): string {
  return htmlOf(
    title,
    files,
    data === undefined,
    `<div id="app"></div>${data === undefined ? '' : `<script type="application/json" id="data">${JSON.stringify(data).replace(/</g, '\\u003c')}</script>`}`,
  );
}

export function htmlOf(title: string, files: PageFiles, connect: boolean, body: string): string {
  const script = files.script === '' ? '' : `<script>${files.script}</script>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policyOf(files, connect)}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer"><title>${escapeText(title)}</title><link rel="icon" href="data:,">
<style>${files.style}</style></head>
<body>${body}${script}</body></html>
`;
}
