/** What is sent to the kernel as one, all of it or nothing, and what each message of it is about. */
import { beginBatch, endBatch } from '../../netlink/batch';
import { NFNL_SUBSYS, NLM_F } from '../../netlink/constants';
import { MessageWriter } from '../../netlink/writer';
import type { NativeNetlink, NativePiece } from '../addon';
import type { Chain } from '../memory/rules';
import type { NftRule } from './model';

/** What the kernel gives a handle. */
export type Subject = NftRule | Chain;

/** One that nobody uses: its memory is large, and an edit is small. */
let spare: MessageWriter | undefined;

export class Batch {
  readonly writer: MessageWriter;
  /** The sequence number of its first message. */
  private readonly first: number;
  // By sequence number, from the first on.
  private readonly subjects: (Subject | undefined)[] = [undefined];
  private readonly operations: number[] = [0];
  /** Where the messages of each table begin. */
  private readonly parts: number[] = [];
  private echoes = false;
  /** Answers besides. */
  more = 0;
  /** What has been handed over already, so that no large memory is written and copied at once. */
  private readonly taken: NativePiece[] = [];

  /** The kernel refuses it on another generation of its ruleset. */
  constructor(
    private readonly socket: Pick<NativeNetlink, 'keep' | 'kept'>,
    generation: number,
  ) {
    this.writer = spare ?? new MessageWriter();
    spare = undefined;
    this.writer.take = (piece) => this.taken.push(socket.keep(piece));
    this.first = beginBatch(this.writer, NFNL_SUBSYS.NFTABLES, generation);
  }

  /** What is begun from now on is of the next table. */
  nextPart(): void {
    this.parts.push(this.subjects.length);
  }
  /** Begins a message. `echo`: the handle of its subject is wanted. `operation`: of the program, which wants it. */
  begin(type: number, flags: number, family: number, echo: boolean, subject: Subject | undefined, operation = 0): void {
    // The first one's echo brings the new generation.
    this.writer.begin(type, flags | (echo || this.isEmpty ? NLM_F.ECHO : 0), family);
    this.echoes ||= echo;
    this.subjects.push(subject);
    this.operations.push(operation);
  }
  /** Without it the kernel checks the batch, and then forgets it. */
  end(): void {
    endBatch(this.writer, NFNL_SUBSYS.NFTABLES);
  }

  /** It isn't looked at any more. */
  close(): void {
    const { writer } = this;
    writer.reset();
    writer.sequence = 1;
    writer.take = undefined;
    spare = writer;
  }

  /** What is sent. */
  get pieces(): (Uint8Array | NativePiece)[] {
    return [...this.taken, ...this.writer.pieces];
  }
  /** The same, to be read. */
  *read(): Generator<Uint8Array> {
    for (const piece of this.taken) yield new Uint8Array(this.socket.kept(piece));
    yield* this.writer.pieces;
  }

  get isEmpty(): boolean {
    return this.writer.count === 1;
  }
  /** How many answers may come at most, if all goes well. */
  get answers(): number {
    return this.more + (this.echoes ? 2 * this.writer.count : this.writer.count);
  }
  subjectOf(sequence: number): Subject | undefined {
    return this.subjects[sequence - this.first];
  }
  operationOf(sequence: number): number {
    return this.operations[sequence - this.first] ?? 0;
  }
  /** The number of the table that a message is of. */
  partOf(sequence: number): number {
    return Math.max(0, this.parts.filter((start) => start <= sequence - this.first).length - 1);
  }
}
