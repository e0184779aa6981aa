/** A save file as XML, as iptables-xml(1) writes it. */
import { IptcError, show } from '../errors';
import { decodeText, encodeText } from '../net/text';
import type { LineSource } from './lines';
import { type ChainLine, SaveFileReader } from './savefile';

export interface XmlOptions {
  /** Makes one rule of those that have the same conditions, as far as packets go on from one to the next. */
  readonly combine: boolean;
  /** Shows each line before what becomes of it. */
  readonly verbose: boolean;
  /** What errors call the file. */
  readonly file?: string | undefined;
}

/** Characters that are written together. */
const PIECE = 1 << 16;

/** The document, in pieces. Where a line is wrong, what stands before it comes before the error. */
export async function* xmlOf(source: LineSource, { combine, verbose, file }: XmlOptions): AsyncGenerator<string> {
  const writer = new XmlWriter(combine);
  const reader = new SaveFileReader(
    {
      comment: (text) => writer.comment(text),
      table: (name) => writer.table(name),
      chain: (chain) => writer.declare(chain),
      command: (line, from, counters) =>
        writer.rule(line.slice(from), counters && [String(counters.packets), String(counters.bytes)]),
      commit: () => writer.endTable(),
    },
    file,
  );
  writer.text = '<iptables-rules version="1.0">\n';
  try {
    do {
      for (let line = source.next(); line !== undefined; line = source.next()) {
        if (verbose && line !== '' && !line.startsWith('#'))
          writer.text += `<!-- line ${source.line} ${commentText(line)} -->\n`;
        // A table may end where the next one begins.
        if (line.startsWith('*')) reader.inTable = false;
        reader.read(line, source.line);
        if (writer.text.length > PIECE) yield writer.take();
      }
    } while (await source.more());
    reader.end(source.line);
  } catch (error) {
    yield writer.take();
    throw error instanceof IptcError ? error.within({ line: source.line, file }) : error;
  }
  yield `${writer.take()}</iptables-rules>\n`;
}

interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

/** As long as a table's or chain's name is for iptables-xml. */
const NAME = 32;
const cut = (name: string): string => decodeText(encodeText(name).subarray(0, NAME));
const JUMPS: ReadonlySet<string> = new Set(['-j', '--jump', '-g', '--goto']);
const FINAL: ReadonlySet<string> = new Set(['ACCEPT', 'DROP', 'QUEUE', 'RETURN']);

class XmlWriter {
  text = '';
  private tableName = '';
  private chainName = '';
  private ruleOpen = false;
  private actionsOpen = false;
  private last: readonly Word[] = [];
  private declared: (ChainLine & { done: boolean })[] = [];

  constructor(private readonly combine: boolean) {}

  /** What has been written since the last time. */
  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }

  comment(text: string): void {
    this.text += `<!-- ${commentText(text)} -->\n`;
  }

  table(name: string): void {
    this.endTable();
    this.tableName = cut(name);
    this.text += `  <table ${attribute('name', this.tableName)}>\n`;
  }

  endTable(): void {
    this.endChain();
    for (const chain of this.declared) if (!chain.done) this.openChain(chain, true);
    this.declared = [];
    if (this.tableName !== '') this.text += '  </table>\n';
    this.tableName = '';
  }

  declare(chain: ChainLine): void {
    this.declared.push({ ...chain, done: false });
  }

  rule(line: string, counters: readonly [string, string] | undefined): void {
    const words = wordsOf(line);
    const at = words.findIndex((_, i) => i > 0 && words[i - 1]!.text === '-A');
    if (at < 0)
      throw new IptcError('ERR_BAD_TEXT', `Expected a rule that is appended (-A CHAIN …) but received ${show(line)}`);
    const name = words[at]!.text;
    if (name !== this.chainName) {
      for (const chain of this.declared) {
        if (chain.name !== name) continue;
        this.openChain(chain, false);
        chain.done = true;
      }
    }
    if (this.combine && words.length > 2 && !isJump(words[2]) && this.continues(words))
      this.comment('Combine action from next rule');
    else {
      this.endRule();
      this.text += `      <rule ${counters ? attribute('packet-count', counters[0]) + attribute('byte-count', counters[1]) : ''}>\n`;
      this.ruleOpen = true;
      if (words.length >= 3 && !isJump(words[2])) {
        this.text += '       <conditions>\n';
        this.part(words, 2, true);
        this.text += '       </conditions>\n';
      }
    }
    if (!this.actionsOpen) {
      this.text += '       <actions>\n';
      this.actionsOpen = true;
    }
    let from = 2;
    while (from < words.length && (words[from]!.quoted || !isJump(words[from]))) from++;
    this.part(words, from, false);
    this.last = words;
  }

  /** Whether a rule has the last one's conditions, and the last one let packets go on. */
  private continues(words: readonly Word[]): boolean {
    const { last } = this;
    for (let i = 0; i < words.length && i < last.length; i++) {
      if (isJump(last[i]) && isJump(words[i])) {
        const goes = last[i]!.text === '-g' || last[i]!.text === '--goto';
        return !goes && !FINAL.has(last[i + 1]?.text ?? '');
      }
      if (words[i]!.text !== last[i]!.text) return false;
    }
    return false;
  }

  private openChain({ name, policy, counters }: ChainLine, empty: boolean): void {
    this.endChain();
    this.chainName = empty ? '' : cut(name);
    const counted = `packet-count="${counters?.packets ?? 0}" byte-count="${counters?.bytes ?? 0}" `;
    this.text += `    <chain ${attribute('name', cut(name))}${policy === undefined ? '' : attribute('policy', policy)}${counted}${empty ? '/' : ''}>\n`;
  }
  private endChain(): void {
    if (this.chainName === '') return;
    this.endRule();
    this.text += '    </chain>\n';
    this.chainName = '';
  }
  private endRule(): void {
    if (this.actionsOpen) this.text += '       </actions>\n\n';
    if (this.ruleOpen) this.text += '      </rule>\n\n';
    this.actionsOpen = false;
    this.ruleOpen = false;
  }

  /** Words as elements: a match or a target on the first level, its options on the second. */
  private part(words: readonly Word[], from: number, conditions: boolean): void {
    let one: string | undefined;
    let two: string | undefined;
    let spacer = '';
    let invert = false;
    const close2 = () => {
      if (two !== undefined) this.text += `</${two}>\n`;
      two = undefined;
    };
    const close1 = () => {
      if (one !== undefined) this.text += `        </${one}>\n`;
      one = undefined;
    };
    const first = words[from]?.text === '!' ? words[from + 1] : words[from];
    if (first?.text.startsWith('-') && !isJump(first) && first.text !== '-m') {
      one = 'match';
      this.text += '        <match >\n';
    }
    for (let i = from; i < words.length; i++) {
      const { text, quoted } = words[i]!;
      const next = words[i + 1];
      if (conditions && !quoted && JUMPS.has(text)) break;
      if (!quoted && text === '!') {
        if (next?.text.startsWith('-')) invert = true;
        else this.text += `${spacer}${text}`;
        spacer = ' ';
      } else if (!quoted && JUMPS.has(text) && next && this.known(next.text)) {
        close2();
        close1();
        spacer = '';
        invert = false;
        one = text === '-g' || text === '--goto' ? 'goto' : 'call';
        this.text += `        <${one} >\n          <${next.text} />\n`;
        i++;
      } else if (!quoted && (JUMPS.has(text) || text === '-m' || text === '--module')) {
        if (!next) break;
        close2();
        close1();
        spacer = '';
        invert = false;
        i++;
        const after = words[i + 1];
        const alone = !after || (!after.quoted && (isJump(after) || after.text === '-m' || after.text === '--module'));
        this.text += `        <${next.text} ${alone ? ' />' : '>'}\n`;
        one = alone ? undefined : next.text;
      } else if (!quoted && text.startsWith('-')) {
        close2();
        const tag = text.replace(/^-+/, '');
        spacer = '';
        this.text += `          <${tag} ${invert ? ' invert="1"' : ''}`;
        invert = false;
        const alone = !next || next.text.startsWith('-');
        this.text += alone ? ' />\n' : '>';
        two = alone ? undefined : tag;
      } else {
        const marks = text.includes(' ') || quoted ? '&quot;' : '';
        this.text += `${spacer}${marks}${encoded(text)}${marks}`;
        spacer = ' ';
      }
    }
    close2();
    close1();
  }

  private known(name: string): boolean {
    return this.chainName === name || this.declared.some((chain) => chain.name === name);
  }
}

const isJump = (word: Word | undefined): boolean => word !== undefined && JUMPS.has(word.text);
const attribute = (name: string, value: string): string => `${name}="${encoded(value)}" `;

/** Bytes beyond ASCII by their numbers. */
function encoded(text: string): string {
  let out = '';
  for (const byte of encodeText(text)) {
    if (byte >= 127) out += `&#${byte};`;
    else if (byte === 38) out += '&amp;';
    else if (byte === 60) out += '&lt;';
    else if (byte === 62) out += '&gt;';
    else if (byte === 34) out += '&quot;';
    else out += String.fromCharCode(byte);
  }
  return out;
}

/** Two dashes may not stand together in a comment. */
function commentText(text: string): string {
  let dashes = 0;
  let out = '';
  for (const char of text) {
    if (char === '-') {
      dashes++;
      if (dashes >= 2) {
        dashes = 0;
        out += ' ';
      }
      out += '*';
    }
    out += char;
  }
  return out;
}

/** As iptables-restore splits a line, with a mark on words in quotes. */
function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  let text = '';
  let open = false;
  let quoted = false;
  for (let i = 0; i <= line.length; i++) {
    const char = line[i] ?? ' ';
    if (open) {
      if (char === '\\') text += line[++i] ?? '';
      else if (char === '"' || i === line.length) open = false;
      else {
        text += char;
        continue;
      }
      if (open) continue;
    } else if (char === '"') {
      open = true;
      quoted = true;
      continue;
    } else if (char !== ' ' && char !== '\t') {
      text += char;
      continue;
    } else if (text === '') continue;
    words.push({ text, quoted });
    text = '';
    quoted = false;
  }
  return words;
}
