/** The hosts that commands name. A line is read without waiting: one that names an unknown host is read again. */
type LookUp = (host: string) => readonly string[] | Promise<readonly string[]>;

class UnknownHost extends Error {
  constructor(readonly host: string) {
    super(host);
  }
}

export class KnownHosts {
  private readonly known = new Map<string, readonly string[]>();

  constructor(private readonly lookUp: LookUp) {}

  /** The addresses of a host; none if there is no such host. */
  readonly resolve = (host: string): readonly string[] => {
    const addresses = this.known.get(host);
    if (!addresses) throw new UnknownHost(host);
    return addresses;
  };

  /** Reads again, as soon as the host is known that reading has failed for. */
  async again<T>(failure: unknown, read: () => T): Promise<T> {
    for (let error = failure; ; ) {
      if (!(error instanceof UnknownHost)) throw error;
      this.known.set(error.host, await this.lookUp(error.host));
      try {
        return read();
      } catch (next) {
        error = next;
      }
    }
  }
}
