/** What the API has, among what the local search finds: the names that TypeDoc's own search knows. */
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import MiniSearch from 'minisearch';
import type { Plugin } from 'vitepress';

interface Row {
  readonly name: string;
  readonly url: string;
  /** `libiptc.Firewall`, of a member. */
  readonly parent?: string;
}

function rowsOf(script: string): readonly Row[] {
  const [, packed = ''] = /"(.*)"/.exec(readFileSync(script, 'utf8')) ?? [];
  return JSON.parse(inflateSync(Buffer.from(packed, 'base64')).toString()).rows;
}
const moduleName = (name: string) => (name === 'libiptc' ? name : `libiptc/${name}`);

export const apiSearch = (script: string): Plugin => ({
  name: 'api-search',
  transform(code, id) {
    // The index of the pages, as VitePress has made it.
    const [, text] = /^export default (".*")$/s.exec(id.startsWith('/@localSearchIndex') ? code : '') ?? [];
    if (text === undefined) return undefined;
    const index = MiniSearch.loadJSON(JSON.parse(text), {
      fields: ['title', 'titles', 'text'],
      storeFields: ['title', 'titles'],
    });
    for (const { name, url, parent } of rowsOf(script)) {
      const [module, ...rest] = parent?.split('.') ?? [];
      const titles = module === undefined ? ['API'] : ['API', moduleName(module), ...rest];
      index.add({ id: `/api/${url}`, title: module === undefined ? moduleName(name) : name, titles, text: '' });
    }
    return { code: `export default ${JSON.stringify(JSON.stringify(index))}`, map: null };
  },
});
