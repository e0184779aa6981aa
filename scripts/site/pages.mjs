/**
 * The pages of the site, put together in docs/.site/pages: those of docs/, each match and target as a page of its own, the
 * examples, and what stands beside README. Links are led to where these are then.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, normalize, relative } from 'node:path';
import { pages, ROOT } from './blocks.cjs';

const OUT = join(ROOT, 'docs/.site/pages');
const read = (path) => readFileSync(join(ROOT, path), 'utf8');
function write(path, text) {
  mkdirSync(dirname(join(OUT, path)), { recursive: true });
  writeFileSync(join(OUT, path), text);
}

/** Where a file of the repository is on the site. */
function placeOf(path) {
  if (path === 'docs/extensions.md') return 'extensions/index.md';
  if (/^docs\/.*\.(md|svg|png)$/.test(path)) return path.slice('docs/'.length);
  if (/^examples\b/.test(path)) return 'examples/index.md';
  return {
    'CONTRIBUTING.md': 'contributing.md',
    'ARCHITECTURE.md': 'architecture.md',
    'CHANGELOG.md': 'changelog.md',
    'README.md': 'index.md',
    LICENSE: 'license.md',
  }[path];
}

/** Its links, as they are from the page's place; what isn't on the site stays as words. */
const linked = (path, text) =>
  text.replace(/(!?)\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, image, words, target) => {
    if (/^(https?:|#)/.test(target)) return whole;
    const [file, anchor] = target.split('#');
    const place = placeOf(normalize(join(dirname(path), file)));
    if (place === undefined) return words;
    let way = relative(dirname(placeOf(path)), place);
    if (!way.startsWith('.')) way = `./${way}`;
    const at = file.startsWith('examples/') || file.includes('/examples/') ? anchorOf(file) : anchor;
    return `${image}[${words}](${way}${at ? `#${at}` : ''})`;
  });
const anchorOf = (file) =>
  file.endsWith('examples')
    ? undefined
    : basename(file)
        .replace(/\.mts$/, '')
        .replaceAll('.', '-')
        .toLowerCase();

/** Vue takes braces for its own outside of code, and angle brackets for elements. */
const plain = (text) =>
  text
    .split(/(^```[\s\S]*?^```$|`[^`\n]*`)/m)
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part
            .replace(/^- \[ \] /gm, '- ☐ ')
            .replace(/\{\{/g, '&#123;&#123;')
            .replace(/<(?=[A-Za-z]+>)/g, '&lt;'),
    )
    .join('');

const page = (path) => write(placeOf(path), plain(linked(path, read(path))));

/** Single rules stay without hovers: they are many, and say all that there is to say. */
const withoutHovers = (text) => text.replace(/^```ts$/gm, '```ts plain');

/** docs/extensions.md, which is made from the definitions, a page for each name. */
function extensionPages() {
  const [intro, matches, targets] = read('docs/extensions.md').split(/^## (?:Matches|Targets)\n/m);
  const lists = { matches, targets };
  let index = intro;
  for (const [kind, text] of Object.entries(lists)) {
    const [before, ...sections] = text.split(/^### /m);
    const byName = new Map();
    for (const section of sections) {
      const name = /^\S+/.exec(section)[0];
      byName.set(name, [...(byName.get(name) ?? []), section]);
    }
    index += `\n## ${kind === 'matches' ? 'Matches' : 'Targets'}\n${before}\n`;
    for (const [name, parts] of byName) {
      const doc = parts[0].split('\n')[2].replace(/ (IPv[46] only|Needs protocol|Tables:|Chains:|Also written).*/, '');
      const title = `${kind === 'matches' ? 'Match' : 'Target'} ${name}`;
      const text = parts.map((part) => `## ${part}`).join('\n');
      const only = parts.length === 1 ? text.replace(/^## .*\n/, '') : text;
      write(
        `extensions/${kind}/${name.toLowerCase()}.md`,
        plain(withoutHovers(`---\ntitle: ${title}\n---\n\n# ${name}\n\n${only}`)),
      );
      index += `- [${name}](./${kind}/${name.toLowerCase()}.md): ${doc}\n`;
    }
  }
  write('extensions/index.md', plain(index));
}

/** Each program with what its first comment says, and what runs programs elsewhere. */
function examples() {
  const filesIn = (folder) =>
    readdirSync(join(ROOT, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.json$/.test(entry.name))
      .map(({ name }) => join(folder, name));
  const sections = ['examples', 'examples/integrations', 'examples/deploy'].flatMap(filesIn).map((file) => {
    const [, comment = '', code] = /^(?:\/\*\*\n?([\s\S]*?)\*\/\n)?([\s\S]*)$/.exec(read(file));
    const says = comment.replace(/^ \* ?/gm, '').trim();
    const language = { mts: 'ts plain', service: 'ini', yaml: 'yaml' }[file.split('.')[1]] ?? 'docker';
    return `## ${basename(file)} {#${anchorOf(file)}}\n\n${says}\n\n\`\`\`${language}\n${code.trim()}\n\`\`\`\n`;
  });
  const intro =
    'Whole programs of `examples/`, built and run by the tests; what they need besides is in a package.json beside them.';
  write('examples/index.md', `---\ntitle: Examples\n---\n\n# Examples\n\n${intro}\n\n${plain(sections.join('\n'))}`);
}

rmSync(OUT, { recursive: true, force: true });
for (const path of [...pages(), 'CHANGELOG.md']) if (!['README.md', 'docs/extensions.md'].includes(path)) page(path);
write('license.md', `# License\n\n\`\`\`text\n${read('LICENSE')}\`\`\`\n`);
extensionPages();
examples();
mkdirSync(join(OUT, 'public'));
cpSync(join(ROOT, 'docs/icon.svg'), join(OUT, 'public/icon.svg'));
for (const folder of ['plots', 'pictures']) cpSync(join(ROOT, 'docs', folder), join(OUT, folder), { recursive: true });
