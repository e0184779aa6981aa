/** Who is told of bans. */
import { EventEmitter } from 'node:events';
import { argument, callback, oneOf } from '../arguments';
import type { Ban } from './ban';
import type { BansRepair } from './repairs';

export interface BanEvents {
  ban: (ban: Ban) => void;
  /** It ended by itself. */
  expire: (ban: Ban) => void;
  unban: (ban: Ban) => void;
  /** Somebody had taken rules or sets away: with the option `repair`. */
  repair: (repair: BansRepair) => void;
}
type Name = keyof BanEvents;
const eventGiven = oneOf<Name>('ban', 'expire', 'unban', 'repair');

export class Events {
  private readonly emitter = new EventEmitter();

  tell<E extends Name>(event: E, ...told: Parameters<BanEvents[E]>): void {
    this.emitter.emit(event, ...told);
  }
  change(call: 'on' | 'off', { event, listener }: Heard): void {
    this.emitter[call](event, listener);
  }
}

interface Heard {
  readonly event: Name;
  readonly listener: BanEvents[Name];
}
export const heard = (call: 'on' | 'off', event: unknown, listener: unknown): Heard => ({
  event: argument(call, 'event', event, eventGiven),
  listener: argument(call, 'listener', listener, callback<BanEvents[Name]>),
});
