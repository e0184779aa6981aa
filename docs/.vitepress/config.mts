import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createTransformerFactory } from '@shikijs/twoslash/core';
import { rendererFloatingVue } from '@shikijs/vitepress-twoslash';
import { createTwoslasher } from 'twoslash';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { apiSearch } from './api-search.mts';

const { completed, ROOT } = createRequire(import.meta.url)(
  '../../scripts/site/blocks.cjs',
) as typeof import('../../scripts/site/blocks.cjs');
const PAGES = join(ROOT, 'docs/.site/pages');
const titleOf = (path: string) =>
  /^(?:---\ntitle: (.*)\n|#+ (.*)$)/m
    .exec(readFileSync(join(PAGES, `${path}.md`), 'utf8'))
    ?.slice(1)
    .find(Boolean);
const group = (text: string, ...paths: string[]): DefaultTheme.SidebarItem => ({
  text,
  items: paths.map((path) => ({ text: titleOf(path)!, link: `/${path}` })),
});
const elements = (kind: string): DefaultTheme.SidebarItem => ({
  text: kind === 'matches' ? 'Matches' : 'Targets',
  items: readdirSync(join(PAGES, 'extensions', kind)).map((file) => {
    const path = `extensions/${kind}/${file.slice(0, -'.md'.length)}`;
    return { text: titleOf(path)!.replace(/^\S+ /, ''), link: `/${path}` };
  }),
});

const twoslasher = createTwoslasher({
  vfsRoot: ROOT,
  compilerOptions: {
    target: 9, // ES2022
    module: 99, // ESNext
    moduleResolution: 100, // Bundler
    lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
  },
});
const twoslash = createTransformerFactory(twoslasher)({
  langs: ['ts'],
  explicitTrigger: false,
  throws: true,
  renderer: rendererFloatingVue(),
});
/** Hovers in blocks of `ts`, together with what these leave out; not in those of `ts plain`. */
const hovers: typeof twoslash = {
  ...twoslash,
  preprocess(code, options) {
    if (options.lang !== 'ts' || options.meta?.__raw?.includes('plain')) return undefined;
    // Vue makes the hovers, so it has to look at them, and they aren't empty lines to be cleaned up.
    options.transformers = options.transformers?.filter(
      ({ name }) => name !== 'vitepress:v-pre' && name !== 'vitepress:clean-up',
    );
    return twoslash.preprocess?.call(this, `${completed(code).prelude}// ---cut---\n${code}`, options);
  },
  postprocess(html) {
    return (this.meta as { twoslash?: unknown }).twoslash ? html.replaceAll('{', '&#123;') : undefined;
  },
};

const guide: DefaultTheme.SidebarItem[] = [
  group('Beginning', 'guide/getting-started', 'guide/tutorial', 'installing', 'guide/faq'),
  group(
    'Rules',
    'guide/rules',
    'extensions/index',
    'guide/transactions',
    'frequent-commits',
    'guide/families',
    'nf_tables',
  ),
  group('What should hold', 'policy', 'policies', 'analysis', 'sets', 'bans', 'fleet'),
  group(
    'In use',
    'guide/production',
    'guide/containers',
    'reboot',
    'observing',
    'looking',
    'errors',
    'guide/performance',
    'reliability',
    'hardening',
    'threat-model',
  ),
  group('Coming from …', 'moving/execfile', 'moving/python-iptables', 'moving/go-iptables', 'moving/csf'),
  group('The project', 'examples/index', 'architecture', 'contributing', 'changelog', 'license'),
];

export default defineConfig({
  title: 'libiptc',
  description: 'Program the Linux iptables and ip6tables tables from Node',
  srcDir: '.site/pages',
  outDir: '.site/html',
  cacheDir: '.site/cache',
  head: [['link', { rel: 'icon', href: '/icon.svg' }]],
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        // Nobody searches for what hovers say.
        _render: (text, env, md) => md.render(text.replace(/^```ts\b.*$/gm, '```ts plain'), env),
        // A page that explains comes before one that lists.
        miniSearch: { searchOptions: { boostDocument: (id: string) => (id.startsWith('/api/') ? 0.3 : 1) } },
      },
    },
    nav: [
      { text: 'Guide', link: '/guide/getting-started' },
      { text: 'Matches and targets', link: '/extensions/' },
      { text: 'Errors', link: '/errors' },
      { text: 'API', link: '/api/index.html', target: '_self' },
    ],
    sidebar: {
      '/extensions/': [group('Guide', 'index', 'extensions/index'), elements('matches'), elements('targets')],
      '/': guide,
    },
    outline: [2, 3],
  },
  markdown: {
    // Contrast is that of WCAG AA with these.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    languages: ['ts', 'js', 'sh', 'json', 'yaml', 'docker', 'ini', 'python', 'go'],
    codeTransformers: [hovers],
    // A cell without a word heads nothing.
    config: (md) =>
      md.core.ruler.push('empty_headers', ({ tokens }) => {
        for (const [i, { type }] of tokens.entries())
          if (type === 'th_open' && tokens[i + 1]!.content === '') tokens[i]!.tag = tokens[i + 2]!.tag = 'td';
      }),
  },
  vite: {
    build: { chunkSizeWarningLimit: 4000 },
    plugins: [apiSearch(join(PAGES, 'public/api/assets/search.js'))],
  },
});
