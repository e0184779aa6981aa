/** What hosts run: the agent, its start from the disk at boot, and the units of both. */
import { createServer, type Server } from 'node:http';
import { IptcError } from '../../errors';
import { Agent, type AgentOptions, type AgentStatus } from '../../fleet';
import { type BothFamilies, Firewall } from '../../index';
import type { Flag } from '../getopt';
import { complain, print } from '../output';
import { EXIT, type Program } from '../program';
import { namespaceOf } from '../tables';
import { Given, NETNS, STORE, STORE_USAGE } from './given';
import { notify, watchdog } from './notify';
import { plain } from './status';
import { installUnits, uninstallUnits } from './units';

const flag = (name: string): Flag => ({ name, argument: true });
const BOOT: readonly Flag[] = [...['keys', 'state', 'fleet', 'place'].map(flag), NETNS];
const AGENT: readonly Flag[] = [
  ...STORE,
  ...['keys', 'state', 'place', 'host', 'label', 'group', 'set', 'confirm', 'interval', 'ttl', 'metrics'].map(flag),
  { name: 'no-repair' },
  { name: 'force' },
  NETNS,
];
const USAGE = {
  boot: '[--keys file] [--state folder] [--place first|last] [--netns name|path]',
  agent: `[--keys file] [--state folder] [--host name] [--label name=value]... [--group name]... [--set variable=value]... [--place first|last] [--confirm seconds] [--interval seconds] [--no-repair] [--force] [--ttl seconds] [--metrics [address:]port] [--netns name|path] ${STORE_USAGE}`,
  install: '[--root folder]',
  uninstall: '[--root folder]',
} as const;

function read(
  program: Program,
  verb: keyof typeof USAGE,
  words: readonly string[],
  flags: readonly Flag[],
): Given | number {
  const line = `Usage: ${program.name} fleet ${verb} ${USAGE[verb]}`;
  const given = Given.of(`${program.name} fleet ${verb}`, words, flags, line);
  if (given.rest.length === 0) return given;
  complain(line);
  return EXIT.USAGE;
}

/** Milliseconds to wait for whoever else edits tables. */
const PATIENCE = 30_000;
const open = (given: Given): Promise<BothFamilies> => {
  const netns = given.one('netns');
  return Firewall.openBoth({
    lock: { wait: PATIENCE },
    ...(netns !== undefined && { namespace: namespaceOf(netns) }),
  });
};
const common = (given: Given) => {
  const [state, place] = [given.one('state'), given.one('place')];
  return {
    keys: given.keys,
    ...given.fleet,
    ...(state !== undefined && { state }),
    ...(place !== undefined && { place: place as 'first' }),
  };
};

export async function boot(program: Program, words: readonly string[]): Promise<number> {
  const given = read(program, 'boot', words, BOOT);
  if (typeof given === 'number') return given;
  const firewall = await open(given);
  try {
    const plan = await Agent.boot(firewall, common(given));
    print(
      plan ? `${plan.changes.length} edits: it is as the policies say.\n` : 'There is no policy on the disk yet.\n',
    );
    return 0;
  } finally {
    await firewall.close();
  }
}

/** Until a signal ends it. */
export async function agent(program: Program, words: readonly string[]): Promise<number> {
  const given = read(program, 'agent', words, AGENT);
  if (typeof given === 'number') return given;
  const milliseconds = (name: string, as: string) => {
    const seconds = given.number(name);
    return seconds === undefined ? {} : { [as]: 1000 * seconds };
  };
  const [host, ttl] = [given.one('host'), given.number('ttl')];
  const options: AgentOptions = {
    ...common(given),
    labels: given.pairs('label'),
    groups: given.list('group'),
    variables: given.pairs('set'),
    guard: { ...milliseconds('confirm', 'confirmWithin'), force: given.has('force') },
    ...milliseconds('interval', 'interval'),
    repair: !given.has('no-repair'),
    ...(host !== undefined && { host }),
    ...(ttl !== undefined && { ttl }),
  };
  const [store, firewall] = [given.store(), await open(given)];
  let server: Server | undefined;
  let quiet = () => {};
  try {
    const running = await Agent.open(firewall, store, options);
    const ended = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
    });
    running.on('status', tell);
    tell(running.status);
    server = await metricsServer(given.one('metrics'), () => running.metrics());
    quiet = watchdog();
    notify('--ready');
    await ended;
    notify('STOPPING=1');
    await running.close();
    return 0;
  } finally {
    quiet();
    server?.close();
    await store.close();
    await firewall.close();
  }
}

/** A line for the journal, whenever something is otherwise. */
function tell(status: AgentStatus): void {
  const { host, policies, problems, trying, drift, unreachable } = status;
  const numbers = Object.entries(policies).map(([group, { seq }]) => `${group} #${seq}`);
  const parts = [
    numbers.join(', ') || 'no policy yet',
    ...(trying
      ? [
          `trying ${Object.entries(trying)
            .map(([group, seq]) => `${group} #${seq}`)
            .join(', ')}`,
        ]
      : []),
    ...(drift.times > 0 ? [`changed by others ${drift.times} times`] : []),
    ...(unreachable
      ? [`store unreachable since ${new Date(unreachable.since).toISOString()}: ${unreachable.message}`]
      : []),
    ...Object.entries(problems).map(([what, { kind, message }]) => `${what} ${kind}: ${message}`),
  ];
  const line = plain(parts.join('; ').replace(/\s+/g, ' '));
  print(`${host}: ${line}\n`);
  notify(`STATUS=${line}`);
}

async function metricsServer(where: string | undefined, text: () => string): Promise<Server | undefined> {
  if (where === undefined) return undefined;
  const [, host = '127.0.0.1', port] = /^(?:\[?([^[\]]*)\]?:)?(\d{1,5})$/.exec(where) ?? [];
  if (port === undefined)
    throw new IptcError('ERR_BAD_ARGUMENT', `Expected a port for --metrics but received ${JSON.stringify(where)}`, {
      option: 'metrics',
    });
  const server = createServer((request, response) => {
    const found = request.method === 'GET' && request.url === '/metrics';
    response.writeHead(found ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(found ? text() : 'Only GET /metrics is here.\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: Error) =>
      reject(
        new IptcError('ERR_IO', `Cannot listen at ${where}: ${cause.message}`, {
          hint: 'Choose another port (--metrics).',
          cause,
        }),
      ),
    );
    server.listen(Number(port), host, resolve);
  });
  return server;
}

export async function install(program: Program, words: readonly string[]): Promise<number> {
  const given = read(program, 'install', words, [flag('root')]);
  if (typeof given === 'number') return given;
  for (const path of await installUnits(given.one('root'))) print(`Wrote ${path}\n`);
  print('Say in /etc/default/iptc-fleet where the store is, then: systemctl start iptc-fleet-agent\n');
  return 0;
}
export async function uninstall(program: Program, words: readonly string[]): Promise<number> {
  const given = read(program, 'uninstall', words, [flag('root')]);
  if (typeof given === 'number') return given;
  print(
    (await uninstallUnits(given.one('root')))
      ? 'Removed the units. The rules stay as they are.\n'
      : 'The units are not there.\n',
  );
  return 0;
}
