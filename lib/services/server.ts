/** The filter table of a server that lets nothing in but what it is told. */
import { IptcError, show } from '../errors';
import { type Family, formatRule, parseRule } from '../index';
import { servicePort } from '../net/databases';

/** Where /etc/services is missing, as in small containers. */
const WELL_KNOWN: Readonly<Record<string, number>> = {
  ssh: 22,
  smtp: 25,
  domain: 53,
  http: 80,
  https: 443,
  imaps: 993,
};

/** `ssh` -> `22/tcp`; `53/udp` as it is. */
export function portOf(word: string): string {
  const [, name = '', protocol = 'tcp'] = /^([^/]+?)(?:\/(tcp|udp|sctp|dccp|udplite))?$/.exec(word) ?? [];
  const ports = name
    .split(':')
    .map((each) => (/^\d+$/.test(each) ? Number(each) : (servicePort(each, protocol) ?? WELL_KNOWN[each])));
  if (
    name === '' ||
    ports.length > 2 ||
    ports.some((port) => port === undefined || port < 1 || port > 65535) ||
    (ports.length === 2 && ports[0]! > ports[1]!)
  )
    throw new IptcError(
      'ERR_BAD_ARGUMENT',
      `Expected a service of /etc/services, or PORT[:PORT][/PROTOCOL], to allow but received ${show(word)}`,
      { option: 'allow' },
    );
  return `${ports.join(':')}/${protocol}`;
}

/** The filter table: of the tutorial, and for IPv6 what it needs to work at all. */
export function tableOf(family: Family, allowed: readonly string[]): string {
  const rules = [
    '-i lo -j ACCEPT',
    '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ...(family === 'ipv6' ? ['-p ipv6-icmp -j ACCEPT', '-d fe80::/64 -p udp --dport 546 -j ACCEPT'] : []),
    ...allowed.map((each) => {
      const [port, protocol] = each.split('/');
      return `-p ${protocol} --dport ${port} -j ACCEPT`;
    }),
  ];
  const lines = rules.map((rule) => `-A INPUT ${formatRule<Family>(parseRule<Family>(rule, { family }), { family })}`);
  return ['*filter', ':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]', ...lines, 'COMMIT', ''].join(
    '\n',
  );
}

export function summary(family: Family, allowed: readonly string[]): string {
  return `loopback, answers, ${family === 'ipv6' ? 'ICMPv6, ' : ''}${allowed.join(', ')} come in; nothing else does, nothing is forwarded`;
}
