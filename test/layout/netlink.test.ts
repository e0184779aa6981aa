import { spawnSync } from 'node:child_process';
import * as trace from '../../lib/analysis/trace/constants';
import * as nftables from '../../lib/backend/nft/constants';
import * as conntrack from '../../lib/conntrack/constants';
import * as netlink from '../../lib/netlink/constants';
import * as sets from '../../lib/sets/constants';
import { describe, expect, test } from '../harness';
import { compile, lacksCompiler } from '../oracle/programs';

/** The numbers of netlink and nf_tables, by the compiler: `NLM_F.ACK` is NLM_F_ACK. */
const lacking = lacksCompiler();

const HEADERS = [
  ...['netlink', 'netfilter', 'netfilter/nfnetlink', 'netfilter/nf_tables', 'netfilter/nf_tables_compat'],
  ...['netfilter/nfnetlink_log', 'rtnetlink', 'if_link'],
  ...['netfilter/nfnetlink_conntrack', 'netfilter/nf_conntrack_common'],
  ...['ip_set', 'ip_set_bitmap', 'ip_set_hash', 'ip_set_list'].map((name) => `netfilter/ipset/${name}`),
];
/** Newer than the headers of some distributions. */
const NEW = ['IPSET_ATTR_BITMASK', 'IPSET_ERR_BITMASK_NETMASK_EXCL', 'NFTA_TRACE_CT_STATE'];
/** What programs give to the kernel, and only its own header names. */
const INTERNAL = ['CTA_FILTER_F_IP_SRC'];

const groups = Object.entries({ ...netlink, ...nftables, ...sets, ...conntrack, ...trace });
const constants = groups
  .flatMap(([group, values]): [string, number][] =>
    typeof values === 'number'
      ? [[group, values]]
      : Object.entries(values).map(([name, value]) => [`${group}_${name}`, value]),
  )
  .filter(([name]) => ![...NEW, ...INTERNAL].includes(name));

function program(): string {
  return [
    '#include <stdio.h>',
    ...HEADERS.map((header) => `#include <linux/${header}.h>`),
    'int main(void) {',
    ...constants.map(([name]) => `  printf("%lld\\n", (long long)(int)(${name}));`),
    '  return 0;',
    '}',
  ].join('\n');
}

(lacking ? describe.skip : describe)(`netlink in C${lacking ? ` [skipped: ${lacking}]` : ''}`, () => {
  test('has every constant by its name', () => {
    const { stdout } = spawnSync(compile('netlink', program()), { encoding: 'utf8' });
    const inC = stdout.trim().split('\n').map(Number);
    expect(Object.fromEntries(constants)).toEqual(Object.fromEntries(constants.map(([name], i) => [name, inC[i]])));
  });
});
