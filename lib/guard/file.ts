/** The guard's file as YAML: read, checked, and what is wrong with it told by its line. */

import { setting } from '../arguments';
import { IptcError } from '../errors';
import { config, type GuardConfig } from './config';
import { isMap, isScalar, LineCounter, type Node, type ParsedNode, parseDocument } from './yaml';

/** Aliases that stand for aliases would grow without bound. */
const ALIASES = 100;

/** ERR_BAD_TEXT, with line and column. */
export function readConfig(text: string, file: string): GuardConfig {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, stringKeys: true });
  const at = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line, column: col, file };
  };
  const [error] = document.errors;
  if (error)
    throw new IptcError('ERR_BAD_TEXT', `Expected YAML but received what is none: ${error.message}`, at(error.pos[0]));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: ALIASES });
  } catch (cause) {
    throw new IptcError('ERR_BAD_TEXT', `Expected YAML but received too much: ${(cause as Error).message}`, {
      file,
      cause,
    });
  }
  try {
    return setting(value, config.check);
  } catch (cause) {
    if (!(cause instanceof IptcError)) throw cause;
    throw cause.within(at(offsetOf(document.contents, cause.path ?? '')));
  }
}

/** Where the setting of a path begins: its key, or what stands in a list. */
function offsetOf(root: ParsedNode | null, path: string): number {
  let node: Node | null | undefined = root;
  let offset = root?.range?.[0] ?? 0;
  for (let rest = path.replace(/^\./, ''); rest !== '' && node; ) {
    const [whole, index] = /^\[(\d+)\]\.?/.exec(rest) ?? [];
    if (whole !== undefined) {
      node = (node as { items?: Node[] }).items?.[Number(index)];
      offset = node?.range?.[0] ?? offset;
      rest = rest.slice(whole.length);
      continue;
    }
    if (!isMap(node)) break;
    // Names of the user's may have dots in them: the longest that is there.
    const pairs = node.items.filter(({ key }) => isScalar(key) && begins(rest, String(key.value)));
    const pair = pairs.sort((a, b) => String(b.key).length - String(a.key).length)[0];
    if (!pair) break;
    const key = pair.key as ParsedNode;
    offset = key.range[0];
    rest = rest.slice(String((key as { value?: unknown }).value).length).replace(/^\./, '');
    node = pair.value as Node | null;
  }
  return offset;
}
const begins = (path: string, key: string): boolean =>
  path.startsWith(key) && (path.length === key.length || /^[.[]/.test(path.slice(key.length)));
