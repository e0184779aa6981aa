/** A table's text, in pieces: each is made in a moment, so that others can have a turn between two. */
import type { Refusal } from '../backend/backend';
import { Memory } from '../codec/struct';
import { encodeText } from '../net/text';
import { TextWriter } from '../net/writer';
import type { EntryCodec } from '../rule/entry';
import type { Counters } from '../rule/rule';
import { EntryView } from '../rule/view';
import { Slice } from '../slice';
import { type ListFormat, listHeader, RuleLister } from '../text/list';
import { printChain, printName, RulePrinter } from '../text/print';
import type { ChainState, TableState } from './state';

/** Lines of a piece, at most, where others wait for their turn. */
const STRETCH = 64;
/** Bytes that a piece has room for. */
const PIECE = 32 << 10;
const NEWLINE = 10;
/** Characters of a rule in a message. */
const LONGEST = 240;

/** As iptables-save prints it, without its comments; each piece ends with a newline. */
export function* savedText(codec: EntryCodec, state: TableState, counters: boolean): Generator<string> {
  for (const out of saved(codec, state, counters, STRETCH)) yield out.take();
}
/** The same as bytes, each piece valid until the next, for who has nobody waiting. */
export function* savedBytes(codec: EntryCodec, state: TableState, counters: boolean): Generator<Uint8Array> {
  for (const out of saved(codec, state, counters, Number.POSITIVE_INFINITY)) yield out.takeBytes();
}
/** Gives what has been written, to be taken before it goes on. */
function* saved(codec: EntryCodec, state: TableState, counters: boolean, stretch: number): Generator<TextWriter> {
  const printer = new RulePrinter(codec, true);
  const out = new TextWriter(PIECE);
  let lines = 0;
  const full = () => ++lines % stretch === 0 || out.end >= PIECE;
  const line = (text: string) => out.text(`${text}\n`);
  line(`*${state.name}`);
  for (const { name, policy, counters: counted } of state.each()) {
    line(printChain(name, policy, policy === undefined ? undefined : `[${counted.packets}:${counted.bytes}]`));
    if (full()) yield out;
  }
  const view = new EntryView(codec.shape);
  for (const chain of state.each()) {
    const prefix = encodeText(`-A ${printName(chain.name)}`);
    for (const at of chain.entries()) {
      view.on(chain.memory, at);
      if (counters) out.text(`[${view.packets}:${view.bytes}] `);
      out.copy(prefix);
      printer.write(out, chain.memory, at);
      out.byte(NEWLINE);
      if (full()) yield out;
    }
    if (full()) yield out;
  }
  line('COMMIT');
  yield out;
}

/** A rule that was refused, as iptables-save prints it: in a message, so not all of a long one. */
export function refusedText(codec: EntryCodec, { chain, entry }: Refusal): string | undefined {
  if (!entry || chain === undefined) return undefined;
  const text = `-A ${printName(chain)}${new RulePrinter(codec, true).print(new Memory(entry, 0, codec.kernel), 0)}`;
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}

/** As `iptables -L` prints it: of all chains, or of one, or one rule of that. */
export function* listedText(
  codec: EntryCodec,
  state: TableState,
  format: Partial<ListFormat>,
  only: string | undefined,
  position: number | undefined,
): Generator<string> {
  const full: ListFormat = { numeric: false, verbose: false, exact: false, lineNumbers: false, ...format };
  const lister = new RuleLister(codec, full);
  // As bytes at first: a string that is put together of others keeps them all.
  const out = new TextWriter(PIECE);
  let between = '';
  for (const chain of chosen(state, only)) {
    if (position === undefined) out.text(between + listHeader(chain, full));
    between = '\n';
    let number = 0;
    for (const at of chain.entries()) {
      number++;
      if (position === undefined || position === number) out.text(lister.list(chain.memory, at, number));
      if (number % STRETCH === 0) yield out.take();
    }
  }
  if (out.end > 0) yield out.take();
}

/** As `iptables -S` prints it: the commands that make the chains, and then the rules; or the one that makes a rule. */
export function* commandsText(
  codec: EntryCodec,
  state: TableState,
  counters: boolean,
  only: string | undefined,
  position: number | undefined,
): Generator<string> {
  const counted = ({ packets, bytes }: Counters) => (counters ? ` -c ${packets} ${bytes}` : '');
  if (position === undefined)
    for (const chain of chosen(state, only))
      yield chain.policy === undefined
        ? `-N ${printName(chain.name)}\n`
        : `-P ${chain.name} ${chain.policy}${counted(chain.counters)}\n`;
  const printer = new RulePrinter(codec);
  const view = new EntryView(codec.shape);
  for (const chain of chosen(state, only)) {
    let number = 0;
    for (const at of chain.entries())
      if (++number === position || position === undefined)
        yield `-A ${printName(chain.name)}${printer.print(chain.memory, at, counted(view.on(chain.memory, at)))}\n`;
  }
}

function chosen(state: TableState, only: string | undefined): Iterable<ChainState> {
  if (only === undefined) return state.each();
  const chain = state.chain(only);
  return chain ? [chain] : [];
}

export function* linesOf(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield* text.slice(0, -1).split('\n');
}

/** All of the text, made in slices. */
export async function joinedText(pieces: Iterable<string>): Promise<string> {
  const slice = new Slice();
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (slice.over) await slice.next();
  }
  return text;
}

/** What there is, one after the other; whoever takes it leaves others their turn. */
export async function* unhurried<T>(source: () => Promise<Iterable<T>>): AsyncGenerator<T, void> {
  const slice = new Slice();
  for (const each of await source()) {
    yield each;
    if (slice.over) await slice.next();
  }
}
