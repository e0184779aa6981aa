/** The rows of some tables in what `sqlite3 FILE .dump` prints. */
import { badLine } from './format';

export type Value = string | number | null;
export interface Row {
  readonly table: string;
  readonly row: Readonly<Record<string, Value>>;
  readonly line: number;
}

/** A literal, a name, a sign; what lies between is passed over. */
const TOKEN = /'((?:[^']|'')*)'|"((?:[^"]|"")*)"|([\w.+-]+)|([(),;])/gy;
const SPACE = /(?:\s+|--[^\n]*)*/y;

interface Token {
  readonly kind: 'text' | 'word' | 'sign';
  readonly text: string;
  readonly line: number;
}

function* tokens(text: string): Generator<Token> {
  let line = 1;
  const pass = (from: number, to: number) => {
    for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) line++;
  };
  for (let at = 0; at < text.length; ) {
    SPACE.lastIndex = at;
    SPACE.test(text);
    pass(at, SPACE.lastIndex);
    at = SPACE.lastIndex;
    if (at >= text.length) return;
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found) {
      const [, quoted, name, word, sign] = found;
      if (quoted !== undefined) yield { kind: 'text', text: quoted.replace(/''/g, "'"), line };
      else if (sign !== undefined) yield { kind: 'sign', text: sign, line };
      else yield { kind: 'word', text: name ?? word!, line };
      pass(at, TOKEN.lastIndex);
      at = TOKEN.lastIndex;
    } else if (text[at] === "'" || text[at] === '"') throw badLine('a text that ends', text.slice(at, at + 40), line);
    else at++;
  }
}

/** Statement by statement: their tokens, without the sign at the end. */
function* statements(text: string): Generator<Token[]> {
  let statement: Token[] = [];
  for (const token of tokens(text))
    if (token.kind === 'sign' && token.text === ';') {
      yield statement;
      statement = [];
    } else statement.push(token);
  if (statement.length > 0) throw badLine('a statement that ends with ;', statement[0]!.text, statement[0]!.line);
}

export function* rowsOf(text: string, tables: readonly string[]): Generator<Row> {
  const columns = new Map<string, readonly string[]>();
  for (const statement of statements(text)) {
    const words = statement.slice(0, 6).map(({ kind, text: word }) => (kind === 'word' ? word.toLowerCase() : word));
    const [verb, what] = words;
    if (verb === 'create' && what === 'table') {
      const at = words[2] === 'if' ? 5 : 2;
      const table = statement[at]?.text ?? '';
      if (tables.includes(table)) columns.set(table, lists(statement.slice(at + 1))[0] ?? []);
    } else if (verb === 'insert' && what === 'into') {
      const [{ line }, , { text: table } = { text: '' }] = statement as [Token, Token, Token?];
      if (!tables.includes(table)) continue;
      const names = columns.get(table);
      const rest = statement.slice(3);
      const values = valuesOf(rest);
      const own = rest[0]?.text === '(' ? lists(rest)[0] : names;
      if (!own || own.length < values.length)
        throw badLine(`a row of ${table}, after the table's columns`, `${values.length} values`, line);
      yield { table, row: Object.fromEntries(values.map((value, i) => [own[i]!, value])), line };
    }
  }
}

/** The first word of each part of lists in brackets: the names of columns. */
function lists(statement: readonly Token[]): string[][] {
  const found: string[][] = [];
  let depth = 0;
  let first = true;
  for (const { kind, text } of statement)
    if (kind === 'sign') {
      if (text === '(' && ++depth === 1) found.push([]);
      if (text === ')') depth--;
      first = depth === 1;
    } else {
      const constraint = kind === 'word' && /^(foreign|primary|unique|check|constraint)$/i.test(text);
      if (first && depth === 1 && !constraint) found[found.length - 1]!.push(text);
      first = false;
    }
  return found;
}

/** What stands behind VALUES. Of a function, as newlines are written, the first argument stands for it. */
function valuesOf(statement: readonly Token[]): Value[] {
  const begin = statement.findIndex(({ kind, text }) => kind === 'word' && text.toLowerCase() === 'values');
  const values: Value[] = [];
  let depth = 0;
  let filled = false;
  for (const { kind, text } of begin < 0 ? [] : statement.slice(begin + 1))
    if (kind === 'sign') {
      if (text === '(') depth++;
      else if (text === ')') depth--;
      else if (depth === 1) filled = false;
    } else if (!filled && (depth === 1 || kind === 'text')) {
      const isCall = kind === 'word' && /^(replace|unistr|char)$/i.test(text);
      if (isCall) continue;
      filled = true;
      values.push(kind === 'text' ? text : /^null$/i.test(text) ? null : Number(text));
    }
  return values;
}
