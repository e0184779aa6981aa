/** /etc/sysconfig/iptables-config, as iptables-services reads it. */
import type { Family } from '../index';
import type { System } from './system';

export interface ServiceConfig {
  readonly saveOnStop: boolean;
  readonly saveOnRestart: boolean;
  readonly saveCounter: boolean;
  /** Modules to load after the rules. */
  readonly modules: readonly string[];
  readonly statusNumeric: boolean;
  readonly statusVerbose: boolean;
  readonly statusLineNumbers: boolean;
  /** Milliseconds to wait for the xtables lock; 0: not at all. */
  readonly restoreWait: number;
  /** Milliseconds between two tries. */
  readonly restoreWaitInterval: number;
  /** What the lines of /etc/sysctl.conf contain that are loaded after the rules. */
  readonly sysctlLoadList: readonly string[];
}

/** The settings of a family; what the file doesn't say is as iptables-services has it. */
export function readConfig(system: System, family: Family, path: string | undefined): ServiceConfig {
  const values = parse((path !== undefined && system.text(path)) || '', family === 'ipv6' ? 'IP6TABLES_' : 'IPTABLES_');
  const yes = (name: string, otherwise: boolean) => (values.has(name) ? values.get(name) === 'yes' : otherwise);
  const number = (name: string, otherwise: number) => {
    const value = values.get(name) ?? '';
    return /^\d+$/.test(value) ? Number(value) : otherwise;
  };
  const words = (name: string) => (values.get(name) ?? '').split(/\s+/).filter(Boolean);
  return {
    saveOnStop: yes('SAVE_ON_STOP', false),
    saveOnRestart: yes('SAVE_ON_RESTART', false),
    saveCounter: yes('SAVE_COUNTER', false),
    modules: words('MODULES'),
    statusNumeric: yes('STATUS_NUMERIC', true),
    statusVerbose: yes('STATUS_VERBOSE', false),
    statusLineNumbers: yes('STATUS_LINENUMBERS', true),
    restoreWait: number('RESTORE_WAIT', 600) * 1000,
    restoreWaitInterval: number('RESTORE_WAIT_INTERVAL', 1_000_000) / 1000,
    sysctlLoadList: words('SYSCTL_LOAD_LIST'),
  };
}

/** Assignments of a shell file, the last of a name counts; nothing is expanded. */
function parse(text: string, prefix: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const found = /^\s*(?:export\s+)?([A-Z0-9_]+)=(?:"([^"]*)"|'([^']*)'|([^\s#;]*))/.exec(line);
    if (found?.[1]?.startsWith(prefix))
      values.set(found[1].slice(prefix.length), found[2] ?? found[3] ?? found[4] ?? '');
  }
  return values;
}
