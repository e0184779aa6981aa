/** ConfigServer Firewall's files as the guard's: what lfd watched, and whom csf.allow, csf.deny and csf.ignore name. */
import { join } from 'node:path';
import { type Listed, oneLine } from '../bans/formats/format';
import { fileText, readList, textOf } from '../bans/transfer';
import { IptcError } from '../errors';
import type { GuardConfig, Named, Watch } from './config';
import { stringify } from './yaml';

/** lfd's triggers, each with the setting of its log, and what we watch for it. */
const TRIGGERS = [
  { name: 'sshd', trigger: 'LF_SSHD', log: 'SSHD_LOG', patterns: 'sshd', port: 22 },
  { name: 'postfix', trigger: 'LF_SMTPAUTH', log: 'SMTPAUTH_LOG', patterns: 'postfix', port: 25 },
  { name: 'imap', trigger: 'LF_IMAPD', log: 'IMAPD_LOG', patterns: 'dovecot', port: 143 },
  { name: 'pop3', trigger: 'LF_POP3D', log: 'POP3D_LOG', patterns: 'dovecot', port: 110 },
  { name: 'web', trigger: 'LF_HTACCESS', log: 'HTACCESS_LOG', patterns: 'nginx', port: 80 },
] as const;

export interface ImportedCsf {
  readonly config: GuardConfig;
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/** ERR_IO, if there is no csf.conf; ERR_BAD_TEXT, with file and line. */
export async function importCsf(folder: string): Promise<ImportedCsf> {
  const notes: string[] = [];
  const conf = settingsIn(await textOf(join(folder, 'csf.conf')), join(folder, 'csf.conf'));
  const listed = async (name: string, as: 'ban' | 'allow'): Promise<readonly Listed[]> => {
    const file = join(folder, name);
    let text: string;
    try {
      text = await textOf(file);
    } catch {
      notes.push(`There is no ${file}`);
      return [];
    }
    try {
      const found = await readList(text, { format: 'csf', as, skip: true, include: fileText });
      for (const { line, message } of found.skipped) notes.push(`${file}:${line}: ${message}`);
      return found.listed;
    } catch (error) {
      throw error instanceof IptcError ? error.within({ file }) : error;
    }
  };
  const [allow, deny, ignore] = [
    (await listed('csf.allow', 'allow')).map(named),
    (await listed('csf.deny', 'ban')).map(named),
    (await listed('csf.ignore', 'allow')).map(({ address }) => address),
  ];
  const watch = watches(conf, notes);
  const limit = Number(conf.get('DENY_IP_LIMIT') ?? 0);
  const seconds = (name: string) => Number(conf.get(name) ?? 0);
  if (
    (conf.get('BLOCKLISTS') ?? '') !== '' ||
    (await textOf(join(folder, 'csf.blocklists')).catch(() => '')).match(/^[A-Z]/m)
  )
    notes.push(
      `${join(folder, 'csf.blocklists')}: lists are read from files here: fetch them (curl, a timer) and name them as lists`,
    );
  return {
    config: {
      ...(conf.get('DROP') === 'REJECT' && { target: 'REJECT' }),
      ...(limit > 0 && { limit: limit + deny.length + seconds('DENY_TEMP_IP_LIMIT') }),
      findTime: seconds('LF_INTERVAL') || 3600,
      ...(seconds('LF_PERMBLOCK') > 0 && {
        recidive: { factor: 2, most: 28 * 86_400, memory: seconds('LF_PERMBLOCK_INTERVAL') || 86_400 },
      }),
      ignore,
      allow,
      deny,
      watch,
    },
    notes,
  };
}

/** `NAME = "value"` */
function settingsIn(text: string, file: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*([A-Z][A-Z0-9_]*)\s*=\s*"([^"]*)"/.exec(line) ?? [];
    if (name !== undefined) found.set(name, value!.trim());
  }
  if (found.size > 0) return found;
  throw new IptcError('ERR_BAD_TEXT', `Expected settings such as LF_SSHD = "5" in ${file} but received none`, { file });
}

function watches(conf: ReadonlyMap<string, string>, notes: string[]): Record<string, Watch> {
  const watch: Record<string, Watch> = {};
  for (const { name, trigger, log, patterns, port } of TRIGGERS) {
    const most = Number(conf.get(trigger) ?? 0);
    const file = conf.get(log) ?? '';
    if (!(most > 0)) continue;
    if (!/^\/[^*?]+$/.test(file)) {
      notes.push(`${trigger}: ${log} names no single file (${JSON.stringify(file)}), so ${name} is not watched`);
      continue;
    }
    const permanent = Number(conf.get(`${trigger}_PERM`) ?? 1);
    watch[name] = {
      files: [file],
      patterns: [patterns],
      maxRetry: most,
      banTime: permanent > 1 ? permanent : 'ever',
      // LF_SELECT: the service's port alone, not all.
      ...(conf.get('LF_SELECT') === '1' && { ports: [port], protocol: 'tcp' }),
    };
  }
  return watch;
}

const named = ({ address, reason, ports, protocol, direction }: Listed): Named => ({
  address,
  ...(reason !== undefined && { reason: oneLine(reason) }),
  ...(ports && { ports }),
  ...(protocol && { protocol }),
  ...(direction && { direction }),
});

export const configText = ({ config, notes }: ImportedCsf): string =>
  `# Made by iptc guard --import-csf. What became of what isn't here:\n${notes.map((note) => `# ${oneLine(note)}\n`).join('')}${stringify(config, { lineWidth: 0 })}`;
