/** A netlink socket whose failures are IptcErrors: what sets and connections are asked through. */
import { constants } from 'node:os';
import { IptcError, show } from '../errors';
import { Malformed } from '../netlink/attributes';
import { NETLINK } from '../netlink/constants';
import type { MessageWriter } from '../netlink/writer';
import { loadAddon, type NativeNetlink, type NativeNetlinkAnswer, type NativeNetlinkOptions } from './addon';

const { EPERM, EACCES, EPROTONOSUPPORT, EMFILE, ENFILE } = constants.errno;

interface NativeFailure extends Error {
  readonly stage: 'namespace' | 'open' | 'send' | 'receive' | 'closed';
  readonly errno: number;
  readonly reason: string;
}
const isFailure = (error: unknown): error is NativeFailure =>
  error instanceof Error && typeof (error as Partial<NativeFailure>).stage === 'string';

export class NetfilterSocket {
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly native: NativeNetlink,
    /** What it is for: `the sets`. */
    private readonly purpose: string,
  ) {}

  /** ERR_NAMESPACE, ERR_NO_ADDON, ERR_NO_SUPPORT. */
  static open(purpose: string, options: Partial<NativeNetlinkOptions>): NetfilterSocket {
    try {
      return new NetfilterSocket(new (loadAddon().Netlink)({ protocol: NETLINK.NETFILTER, ...options }), purpose);
    } catch (error) {
      throw isFailure(error) ? toIptcError(error, purpose, options.namespace) : error;
    }
  }

  get port(): number {
    return this.native.port;
  }
  /** A path to the network namespace that it is in. */
  get namespace(): string {
    return `/proc/${process.pid}/task/${this.native.thread}/ns/net`;
  }

  /** Sends what has been written, each message when the one before has been answered; the writer begins again. */
  async request(writer: MessageWriter): Promise<NativeNetlinkAnswer> {
    const { pieces } = writer;
    const whole = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    const answer = this.told(() => this.native.request(whole)); // copies
    writer.reset();
    return answer;
  }
  /** Sends a message that is no other protocol's writer's. */
  ask(message: Uint8Array): Promise<NativeNetlinkAnswer> {
    return this.told(() => this.native.request(message));
  }
  receive(): Promise<NativeNetlinkAnswer> {
    return this.told(() => this.native.receive());
  }

  private async told<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw isFailure(error) ? toIptcError(error, this.purpose) : error;
    }
  }

  /** Closing twice is no error. */
  close(): Promise<void> {
    this.closing ??= this.native.close();
    return this.closing;
  }
}

/** Bytes of the kernel's that aren't what they should be. */
export const unreadable = (error: unknown, purpose: string): unknown =>
  error instanceof Malformed
    ? new IptcError('ERR_KERNEL', `Cannot read what the kernel tells of ${purpose}: ${error.message}`, { cause: error })
    : error;

function toIptcError(failure: NativeFailure, purpose: string, namespace?: string | number): IptcError {
  const { stage, errno, reason } = failure;
  const details = { errno: errno || undefined, cause: failure };
  switch (stage) {
    case 'namespace':
      return new IptcError('ERR_NAMESPACE', `Cannot open ${purpose}: network namespace ${show(namespace)}: ${reason}`, {
        ...details,
        hint: 'Give the path of one (/run/netns/NAME, /proc/PID/ns/net), a descriptor, or nothing.',
      });
    case 'closed':
      return new IptcError('ERR_CLOSED', `Cannot use ${purpose}: they are closed`, {
        ...details,
        hint: 'Open them again.',
      });
    default:
      return new IptcError(
        errno === EPERM || errno === EACCES
          ? 'ERR_PERMISSION'
          : errno === EPROTONOSUPPORT
            ? 'ERR_NO_SUPPORT'
            : 'ERR_KERNEL',
        `Cannot ${stage === 'open' ? 'open' : 'ask the kernel for'} ${purpose}: ${reason}`,
        {
          ...details,
          hint:
            errno === EMFILE || errno === ENFILE
              ? 'Raise the limit of open files (ulimit -n), or close some.'
              : errno === EPROTONOSUPPORT
                ? 'Load it with modprobe nfnetlink; the kernel may have been built without CONFIG_NETFILTER_NETLINK.'
                : undefined,
        },
      );
  }
}
