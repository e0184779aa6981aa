import { spawnSync } from 'node:child_process';
import * as nftables from '../../lib/backend/nft/constants';
import * as netlink from '../../lib/netlink/constants';
import { describe, expect, test } from '../harness';
import { compile, lacksCompiler } from '../oracle/programs';

/** The numbers of netlink and nf_tables, by the compiler: `NLM_F.ACK` is NLM_F_ACK. */
const lacking = lacksCompiler();

const HEADERS = ['netlink', 'netfilter', 'netfilter/nfnetlink', 'netfilter/nf_tables', 'netfilter/nf_tables_compat'];

const groups = Object.entries({ ...netlink, ...nftables });
const constants = groups.flatMap(([group, values]): [string, number][] =>
  typeof values === 'number'
    ? [[group, values]]
    : Object.entries(values).map(([name, value]) => [`${group}_${name}`, value]),
);

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
