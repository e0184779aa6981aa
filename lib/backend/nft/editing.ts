/** A program on its way into the kernel: run on what is known of its table, and sent as one batch. */
import { constants } from 'node:os';
import { now } from '../../clock';
import { decodeText } from '../../net/text';
import { pathTo } from '../../netlink/attributes';
import { Messages, NFGENMSG_SIZE, NLMSG_HDRLEN, type Reply, replyOf } from '../../netlink/messages';
import { MessageWriter } from '../../netlink/writer';
import type { Steps } from '../../slice';
import type { NativeNetlinkAnswer } from '../addon';
import type { ApplyOptions, BackendFailure, Timing } from '../backend';
import { explaining } from '../blame';
import { failure } from '../memory/failure';
import type { ProgramRunner } from '../memory/program';
import type { Chain } from '../memory/rules';
import { microseconds } from '../memory/stream';
import { NFTA_CHAIN, NFTA_RULE } from './constants';
import type { Work } from './jobs';
import { type NftRule, type NftTable, rulesOf } from './model';
import { needsOf } from './needs';
import { type NftTables, Stale, type Taken } from './tables';
import { type RuleWriter, Translation } from './translate';
import { nftMessage } from './wire';

/** Node doesn't know it. */
const ERESTART = 85;
const { EBUSY, EEXIST, ELOOP, EMLINK, ENOBUFS } = constants.errno;
const [NEWCHAIN, NEWRULE, NEWGEN, DELCHAIN] = [
  nftMessage('NEWCHAIN'),
  nftMessage('NEWRULE'),
  nftMessage('NEWGEN'),
  nftMessage('DELCHAIN'),
];

export class Editing {
  private runner!: ProgramRunner;
  private taken!: Taken; // once begun
  private readonly spent = { lockWait: 0, read: 0, edit: 0, commit: 0 };

  constructor(
    private readonly tables: NftTables,
    private readonly options: ApplyOptions,
  ) {}

  *begin(table: string): Work<void> {
    const start = now();
    this.taken = yield* this.tables.take(table);
    this.spent.read += microseconds(start);
    this.runner = this.taken.table.runner(this.options.chainsCapture);
  }

  /** The table with all its rules, as it is now. Before anything is run. */
  *snapshot(): Work<ArrayBuffer> {
    const { table, generation, kept } = this.taken;
    table.forgetRules();
    const unknown = table.unknown();
    if (unknown.length > 0) yield* this.tables.load(this.taken, unknown);
    else if (kept) yield* this.tables.verify(generation);
    return yield* table.snapshotting();
  }

  /** `part`: of a program that comes in pieces. */
  *run(program: Uint8Array, part: boolean): Work<void> {
    const { table } = this.taken;
    const { names, fresh } = needsOf(program, part);
    if (fresh) table.forgetRules(names);
    const unknown = table.unknown(names);
    const start = now();
    if (unknown.length > 0) yield* this.tables.load(this.taken, unknown);
    const loaded = now();
    this.spent.read += microseconds(start);
    try {
      yield* this.runner.running(program);
    } catch (error) {
      yield* this.check();
      throw error;
    }
    this.spent.edit += microseconds(loaded);
  }

  *commit(): Work<Timing> {
    const start = now();
    const { tables, options, taken, spent } = this;
    const { table, generation } = taken;
    const trial = options.trial === true;
    const translation = new Translation(tables.family, table, tables.writer, generation);
    if (!table.changed || !(yield* translation.write(trial))) {
      yield* this.check();
      yield* this.end();
      return spent;
    }
    const { writer, answers } = translation;
    const answer = yield { batch: writer.pieces, answers };
    const told = new Told(answer, translation, tables);
    if (told.isStale) throw new Stale();
    if (told.errors.length > 0) throw yield* refusal(told.errors, translation, this.tables, table);
    if (answer.lost) throw failure('commit', ENOBUFS);
    if (trial) yield* this.end();
    else this.settle(translation, told);
    spent.commit += microseconds(start);
    return spent;
  }

  /** It has failed. */
  *abandon(): Work<void> {
    if (this.taken) yield* this.end();
  }
  /** Nothing comes of it. */
  *end(): Work<void> {
    const { table, generation } = this.taken;
    yield* table.takeBack();
    if (!table.spoiled) this.tables.putBack(table, generation);
  }

  /** What was concluded from what was known holds only if that is still so. */
  private *check(): Work<void> {
    const { kept, generation } = this.taken;
    if (kept) yield* this.tables.verify(generation);
  }

  private settle(translation: Translation, { generation, handles }: Told): void {
    const { table, generation: taken } = this.taken;
    if (generation === undefined || !translation.echoes) return this.tables.moveOn(taken, generation);
    for (const [subject, handle] of handles) if ('handle' in subject) subject.handle = handle;
    table.exists = true;
    table.settle((chain) => translation.handleOf(chain, handles));
    this.tables.putBack(table, taken, generation);
  }
}

/** What the kernel said to a batch. */
class Told {
  readonly errors: Reply[] = [];
  readonly handles = new Map<NftRule | Chain, number>();
  generation: number | undefined;

  constructor(answer: NativeNetlinkAnswer, translation: Translation, { reader }: NftTables) {
    for (const messages = new Messages(answer.messages); messages.next(); ) {
      const reply = replyOf(messages);
      if (reply !== undefined) {
        if (reply.errno !== 0) this.errors.push(reply);
      } else if (messages.type === NEWGEN) this.generation = reader.generation(messages);
      else if (messages.type === NEWRULE || messages.type === NEWCHAIN) {
        const subject = translation.subjectOf(messages.sequence);
        const type = messages.type === NEWRULE ? NFTA_RULE.HANDLE : NFTA_CHAIN.HANDLE;
        if (subject) this.handles.set(subject, reader.handle(messages, type));
      }
    }
  }
  get isStale(): boolean {
    return this.errors.some(({ errno }) => errno === ERESTART);
  }
}

/** The first operation that was refused, and why; of a rule, for which of its matches or its target. */
function* refusal(
  errors: readonly Reply[],
  translation: Translation,
  tables: NftTables,
  table: NftTable,
): Steps<BackendFailure> {
  const bySequence = new Map(errors.map((reply) => [reply.sequence, reply]));
  for (const piece of translation.writer.pieces)
    for (const message = new Messages(piece); message.next(); ) {
      const reply = bySequence.get(message.sequence);
      if (!reply) continue;
      const { errno, sequence, offset } = reply;
      const operation = translation.operationOf(sequence);
      if (message.type === DELCHAIN && errno === EBUSY) return failure('edit', EMLINK, undefined, operation);
      if (message.type === NEWCHAIN && errno === EEXIST) return failure('commit', errno, RENAMED, operation);
      const subject = translation.subjectOf(sequence);
      if (!subject || !('bytes' in subject)) return failure('commit', errno, undefined, operation);
      const { bytes, at, size } = subject;
      const chain = table.list().find((each) => rulesOf(each).includes(subject))?.name ?? '';
      const refused = yield* explaining(table, {
        operation,
        errno,
        chain: decodeText(Buffer.from(chain, 'latin1')),
        entry: Uint8Array.from(bytes.subarray(at, at + size)),
        element: offset === undefined ? undefined : elementAt(message, offset, subject, tables.writer),
      });
      // nf_tables says so of a circle, too.
      const told = errno === EMLINK && refused.circle ? ELOOP : errno;
      return Object.assign(failure('commit', told), { refused: [{ ...refused, errno: told }] });
    }
  return failure('commit', errors[0]!.errno);
}
const RENAMED = "nf_tables doesn't rename a chain and make another of its old name at once";

/** Whose the expression is at an offset of a rule's message. */
function elementAt(message: Messages, offset: number, rule: NftRule, writer: RuleWriter) {
  const { start, end } = message;
  const [list, expression] = pathTo(message, start + NFGENMSG_SIZE, end, start - NLMSG_HDRLEN + offset);
  if (list?.type !== NFTA_RULE.EXPRESSIONS || expression === undefined) return undefined;
  const again = new MessageWriter();
  again.begin(0, 0, 0);
  writer.write(again, rule, undefined); // so that the encoder knows
  return writer.encoder.elementOf(expression.index);
}
