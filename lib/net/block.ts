/** Bytes, and the same bytes as numbers: words are the fastest way to copy and to compare. */
export class Block {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly words: Int32Array;

  /** Bytes that don't begin at a multiple of four are copied. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.view = new DataView(buffer, byteOffset, byteLength);
    this.words = new Int32Array(buffer, byteOffset, byteLength >> 2);
  }
}
