/** Where entries are made: one memory, used again and again. */
import type { Kernel } from '../../codec/kernel';
import { Memory } from '../../codec/struct';
import { ENTRY_MAX } from '../layout';

export class Scratch {
  readonly bytes = new Uint8Array(ENTRY_MAX + 1);
  readonly memory: Memory;
  /** The beginnings of it that have been handed out, by their size: most rules have one of a few. */
  private readonly views = new Map<number, Uint8Array>();

  constructor(kernel: Kernel) {
    this.memory = new Memory(this.bytes, 0, kernel);
  }

  /** The entry of that size that has been made in it, valid until the next one is. */
  made(size: number): Uint8Array {
    let view = this.views.get(size);
    if (!view) {
      view = this.bytes.subarray(0, size);
      this.views.set(size, view);
    }
    return view;
  }
}
