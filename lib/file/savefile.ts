/** What the lines of an iptables-save file are, before the rules in them are looked at. */
import { type ErrorCode, IptcError, show } from '../errors';
import { scanCounter } from '../net/number';
import type { Counters } from '../rule/rule';
import type { Position } from '../text/words';

/** A chain as its line declares it. */
export interface ChainLine {
  readonly name: string;
  /** Undefined for a chain of the user's: `-`. */
  readonly policy: string | undefined;
  readonly counters: Counters | undefined;
}

/** What happens at each line. */
export interface SaveFileHandler {
  /** With its `#`. */
  comment(text: string): void;
  table(name: string): void;
  chain(chain: ChainLine): void;
  /** A rule or another command; its words begin at an index of the line. */
  command(line: string, from: number, counters: Counters | undefined): void;
  commit(): void;
}

const [HASH, STAR, COLON, BRACKET] = [35, 42, 58, 91];

export class SaveFileReader {
  inTable = false;
  constructor(
    private readonly handler: SaveFileHandler,
    private readonly file?: string,
  ) {}

  read(line: string, number: number): void {
    if (line === '') return;
    const first = line.charCodeAt(0);
    if (first === HASH) return this.handler.comment(line);
    if (!this.inTable) {
      if (first !== STAR)
        throw this.error(number, 1, `Expected *TABLE or a comment but received ${show(line)}`, {
          hint: 'A table begins with its name behind a star: *filter.',
          iptables: `line ${number} failed`,
        });
      const name = word(line, 1)?.text;
      if (name === undefined)
        throw this.error(number, 2, 'Expected the name of a table behind * but the line ends', {
          code: 'ERR_NO_TABLE',
          iptables: `line ${number} table name invalid`,
        });
      this.inTable = true;
      return this.handler.table(name);
    }
    if (first === COLON) return this.handler.chain(this.chain(line, number));
    if (line === 'COMMIT') {
      this.inTable = false;
      return this.handler.commit();
    }
    if (first !== BRACKET) return this.handler.command(line, 0, undefined);
    const [from, counters] = this.counters(line, number);
    this.handler.command(line, from, counters);
  }

  end(number: number): void {
    if (this.inTable)
      throw this.error(number + 1, 1, 'Expected COMMIT but the file ends', {
        hint: 'Nothing of the table that it would have ended is done.',
        iptables: `COMMIT expected at line ${number + 1}`,
      });
  }

  private chain(line: string, number: number): ChainLine {
    const name = word(line, 1);
    if (!name)
      throw this.error(number, 2, 'Expected the name of a chain behind : but the line ends', {
        code: 'ERR_BAD_CHAIN',
        iptables: `line ${number} chain name invalid`,
      });
    const policy = word(line, name.end);
    if (!policy)
      throw this.error(
        number,
        name.end + 1,
        `Expected a policy, or - for none, behind chain ${name.text} but the line ends`,
        { code: 'ERR_BAD_CHAIN', iptables: `line ${number} policy invalid` },
      );
    const counted = word(line, policy.end);
    const parsed = counted && COUNTERS.exec(counted.text);
    if (policy.text !== '-' && counted && !parsed)
      throw this.error(
        number,
        counted.end - counted.text.length + 1,
        `Expected [packets:bytes] behind the policy of chain ${name.text} but received ${show(counted.text)}`,
        { code: 'ERR_BAD_CHAIN', iptables: `invalid policy counters for chain '${name.text}'` },
      );
    return {
      name: name.text,
      policy: policy.text === '-' ? undefined : policy.text,
      counters: parsed ? countersOf(parsed) : undefined,
    };
  }

  private counters(line: string, number: number): [number, Counters] {
    const end = line.indexOf(']');
    const parsed = COUNTERS.exec(line.slice(0, end));
    if (end < 0 || !parsed)
      throw this.error(
        number,
        1,
        `Expected [packets:bytes] before a rule but received ${show(end < 0 ? line : line.slice(0, end + 1))}`,
        { code: 'ERR_BAD_RULE', iptables: end < 0 ? `Bad line ${number}: need ]` : undefined },
      );
    return [end + 1, countersOf(parsed)];
  }

  position(number: number): Position {
    return { line: number, file: this.file };
  }
  private error(
    line: number,
    column: number,
    message: string,
    { code = 'ERR_BAD_TEXT', ...more }: { code?: ErrorCode; hint?: string; iptables?: string | undefined },
  ): IptcError {
    return new IptcError(code, message, { line, column, file: this.file, ...more });
  }
}

const COUNTERS = /^\[(\s*[-+]?\d+)[^:]*:(\s*[-+]?\d+)/;
const countersOf = ([, packets, bytes]: RegExpExecArray): Counters => ({
  packets: scanCounter(packets!)!,
  bytes: scanCounter(bytes!)!,
});

/** As strtok: what stands between spaces. */
function word(line: string, from: number): { text: string; end: number } | undefined {
  let start = from;
  while (start < line.length && isSpace(line.charCodeAt(start))) start++;
  let end = start;
  while (end < line.length && !isSpace(line.charCodeAt(end))) end++;
  return end > start ? { text: line.slice(start, end), end } : undefined;
}
const isSpace = (code: number) => code === 32 || code === 9;
