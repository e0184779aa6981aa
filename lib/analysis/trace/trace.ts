/** The kernel's own account of packets, as they pass. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { argument, count, fields, instance, milliseconds, optionsOf, signal, string } from '../../arguments';
import { IptcError } from '../../errors';
import type { Family, Rule } from '../../rule/rule';
import { Firewall } from '../../table/firewall';
import { formatRule } from '../../text/rule';
import { interfaceNames, type Listener } from './event';
import { commentOf, newComment, type PlacedRule, rulesOf, type TraceFilter } from './filter';
import { NflogListener } from './nflog';
import { NftListener } from './nftrace';
import { Paths, type Seen, type SeenStep } from './paths';
import { ShownTables } from './shown';
import { loggerOf, type Traced, untrace } from './traced';

/** Three folders up, from lib/analysis/trace; two from dist/analysis, where it is bundled. */
const SWEEPER = [join(__dirname, '..', '..', '..'), join(__dirname, '..', '..'), join(__dirname, '..')]
  .map((root) => join(root, 'dist', 'analysis', 'trace', 'sweeper.js'))
  .find(existsSync);

export interface TraceOptions {
  /** How many packets are traced at most, on average: `100/sec` unless told. */
  readonly limit?: string;
  /** Ends after so many packets. */
  readonly count?: number;
  /** Ends after so long (milliseconds). */
  readonly within?: number;
  /** Ends it; the iteration is over then, without an error. */
  readonly signal?: AbortSignal;
}
export interface TracedStep extends SeenStep {
  /** The rule as iptables-save prints it, and its comment. */
  readonly text?: string;
  readonly comment?: string;
}
export interface TracedPacket extends Omit<Seen, 'path'> {
  readonly path: readonly TracedStep[];
  /** Packets or steps before it were lost, since more came than could be read. */
  readonly lost?: true;
}

const tracing = fields<TraceOptions>({ limit: string('a rate like 100/sec'), count, within: milliseconds, signal });
/** Milliseconds without a step after which a packet's way is over. */
const QUIET = 60;
const TICK = 20;
const BUFFER = 4 << 20;
/** Packets that wait for whoever iterates. */
const MOST = 10_000;

/**
 * Follows live packets: rules with the target TRACE are put first into the table raw, and the kernel tells each step.
 * They are taken away when the iteration ends, and by another process should this one be killed. The steps are numbered
 * as if those rules weren't there. Rejects with ERR_BUSY where another program listens to nflog's group 0, with
 * ERR_PERMISSION, ERR_NO_SUPPORT.
 *
 * @example
 * for await (const { verdict, path, packet } of trace(firewall, { port: 22 }, { count: 10 }))
 *   console.log(verdict, packet.source, path.map(({ step }) => step).join(' '));
 */
export function trace<F extends Family>(
  firewall: Firewall<F>,
  filter: TraceFilter,
  options?: TraceOptions,
): AsyncGenerator<TracedPacket> {
  const on = argument('trace', 'firewall', firewall, instance(Firewall, 'a firewall')) as Firewall<Family>;
  const given = optionsOf('trace', options, tracing);
  const comment = newComment();
  const rules = rulesOf(filter, on.family, given.limit ?? '100/sec', comment);
  const { place } = on;
  if (!place)
    throw new IptcError('ERR_NO_SUPPORT', 'Cannot trace packets through tables in memory: none pass there', {
      hint: 'Ask simulate() what would become of them.',
    });
  const { backend, lock } = place;
  return traced(on, rules, given, { backend, ...(lock !== undefined && { lock }) });
}

async function* traced(
  firewall: Firewall<Family>,
  rules: readonly PlacedRule[],
  options: TraceOptions,
  place: Traced['place'],
): AsyncGenerator<TracedPacket> {
  const { signal: ending, count: most = Number.POSITIVE_INFINITY, within = Number.POSITIVE_INFINITY } = options;
  if (ending?.aborted) return;
  firewall.loadedTables(); // or it is closed
  const { family, backend } = firewall;
  const logger = backend === 'legacy' ? loggerOf(firewall.namespace, family) : undefined;
  // Held open: it is to be found also where the firewall is closed meanwhile.
  const held = openSync(firewall.namespace, 'r');
  const namespace = `/proc/${process.pid}/fd/${held}`;
  const comment = commentOf(rules[0]!.rule as Rule)!;
  let [sweeper, listener]: [Sweeper?, Listener?] = [];
  try {
    const before = logger === 'nfnetlink_log' ? undefined : logger;
    sweeper = await Sweeper.start({ family, place, rules, logger: before }, namespace);
    listener = await (backend === 'legacy' ? NflogListener : NftListener).open(namespace, family, BUFFER);
    const raw = firewall.table('raw');
    for (const { chain, rule } of rules) await raw.chain(chain).insert(rule as never);
    const shown = new ShownTables(firewall);
    await shown.renew();
    const only = backend === 'legacy' ? undefined : comment;
    const names = await interfaceNames(namespace);
    const paths = new Paths(shown, names, shown.traces, () => performance.now(), only);
    yield* heard(listener, shown, paths, family, most, performance.now() + within, ending);
  } finally {
    try {
      await listener?.close();
      await sweeper?.sweep();
    } finally {
      closeSync(held);
    }
  }
}

async function* heard(
  listener: Listener,
  shown: ShownTables,
  paths: Paths,
  family: Family,
  most: number,
  until: number,
  ending: AbortSignal | undefined,
): AsyncGenerator<TracedPacket> {
  let lost = false;
  let failure: unknown;
  const listen = async () => {
    for (;;) {
      const got = await listener.receive();
      lost ||= got.lost || paths.waiting > MOST;
      if (paths.waiting <= MOST) for (const event of got.events) paths.add(await shown.numbered(event));
    }
  };
  listen().catch((error: unknown) => {
    failure = error;
  });
  for (let sent = 0; sent < most && !ending?.aborted && performance.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, TICK));
    if (failure !== undefined) throw failure;
    for (const { verdict, path, packet } of paths.take(QUIET)) {
      if (sent++ >= most) return;
      const told = { verdict, packet, path: path.map((step) => withText(step, family)) };
      yield lost ? { ...told, lost } : told;
      lost = false;
    }
  }
}

function withText(step: SeenStep, family: Family): TracedStep {
  const { rule } = step;
  if (!rule) return step;
  const comment = rule.match
    ?.map((each) => (each as { comment?: { comment?: string } }).comment?.comment)
    .find((text) => text !== undefined);
  return {
    ...step,
    text: `-A ${step.chain} ${formatRule(rule as never, { family })}`.trimEnd(),
    ...(comment !== undefined && { comment }),
  };
}

/** The process that takes all of it back, if this one doesn't. */
class Sweeper {
  private constructor(
    private readonly child: ChildProcess,
    private readonly traced: Traced,
    private readonly namespace: string,
  ) {}

  static async start(traced: Traced, namespace: string): Promise<Sweeper> {
    const { NODE_OPTIONS, ...env } = process.env;
    if (SWEEPER === undefined)
      throw new IptcError(
        'ERR_IO',
        'Cannot start the process that would take the TRACE rules away: a part of the package is missing',
        {
          hint: 'Install the package anew; a bundle needs it beside itself.',
        },
      );
    const child = spawn(process.execPath, [SWEEPER], {
      cwd: '/',
      detached: true,
      env,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.send({ traced, namespace });
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      for (const end of ['error', 'exit'])
        child.once(end, () =>
          reject(new IptcError('ERR_IO', `Cannot start the process that would take the TRACE rules away: ${SWEEPER}`)),
        );
    });
    child.unref();
    child.channel?.unref();
    return new Sweeper(child, traced, namespace);
  }

  async sweep(): Promise<void> {
    await untrace(this.traced, this.namespace);
    if (this.child.connected) this.child.send('done', () => {});
  }
}
