/** A lease of etcd's, kept alive. */
import { clearTimeout, now, setTimeout } from '../../clock';
import type { StoreLease } from '../store/store';
import type { EtcdClient } from './client';
import type { Stream } from './grpc';
import { LEASE_KEEP_ALIVE, LEASE_REVOKE } from './messages';

type KeepAlive = Stream<{ readonly id?: bigint }, { readonly ttl: number }>;

export class EtcdLease implements StoreLease {
  private stream: KeepAlive | undefined;
  private timer: NodeJS.Timeout | undefined;
  private answered = now();
  private over = false;
  private end: () => void = () => {};
  readonly lost = new Promise<void>((resolve) => {
    this.end = resolve;
  });

  constructor(
    private readonly client: EtcdClient,
    readonly id: bigint,
    private readonly seconds: number,
  ) {
    this.later();
  }

  async close(): Promise<void> {
    if (this.over) return;
    this.stop();
    await this.client.call(LEASE_REVOKE, { id: this.id }).catch(() => {}); // it runs out by itself
  }

  private later(): void {
    this.timer = setTimeout(() => void this.beat(), (this.seconds * 1000) / 3);
    this.timer.unref();
  }
  private async beat(): Promise<void> {
    // By our own clock alone: whatever etcd thinks of it, nobody has heard of us for so long.
    if (now() - this.answered > this.seconds * 1000) return this.stop();
    this.later();
    try {
      this.stream ??= await this.open();
      if (!this.over) this.stream.write({ id: this.id });
    } catch {} // the next time
  }
  private async open(): Promise<KeepAlive> {
    const { stream, failed } = await this.client.stream(LEASE_KEEP_ALIVE);
    const gone = () => {
      if (this.stream === stream) this.stream = undefined;
    };
    stream.on('data', ({ ttl }) => {
      if (ttl <= 0) return this.stop(); // it is over there
      this.answered = now();
    });
    stream.on('error', (error) => {
      failed(error);
      gone();
    });
    stream.on('end', gone);
    return stream;
  }
  private stop(): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    this.stream?.cancel();
    this.end();
  }
}
