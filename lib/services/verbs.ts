/** What the init script of iptables-services does at each of its words: its output, its exit codes. */
import { promises } from 'node:fs';
import { IptcError } from '../errors';
import type { Family, Firewall, Policy } from '../index';
import { FAMILY } from '../net/family';
import { type Kept, keptOf, type PersistOptions, systemOf, tablesOf, withFirewall } from '../persist/firewalls';
import { RulesFile } from '../persist/load';
import { removeFile, replaceFile } from '../persist/replace';
import { saveFiles } from '../persist/save';
import { loadSets } from '../persist/sets';
import type { System } from '../persist/system';

export const VERBS = ['start', 'stop', 'reload', 'restart', 'condrestart', 'status', 'panic', 'save'] as const;
export type Verb = (typeof VERBS)[number];

/** As the init script's functions success, failure and warning. */
export type Outcome = 'OK' | 'FAILED' | 'WARNING';

export interface Speech {
  /** The beginning of a line. */
  begin(text: string): void;
  /** Its end. */
  end(outcome: Outcome): void;
  line(text: string): void;
  /** Why something failed; on standard error. */
  complain(error: IptcError): void;
}

export class ServiceVerbs {
  private readonly system: System;
  private readonly kept: Kept;
  private readonly name: string;
  /** Says that the service runs. */
  private readonly mark: string;

  constructor(
    private readonly family: Family,
    private readonly options: PersistOptions,
    private readonly speech: Speech,
  ) {
    this.system = systemOf(options);
    this.kept = keptOf(this.system, family, options);
    this.name = FAMILY[family].tool;
    // Where CentOS has it, if there is such a folder.
    const folder = ['/var/lock/subsys', '/run/lock/subsys'].find((path) => this.system.exists(path)) ?? '/run/iptc';
    this.mark = `${folder}/${this.name}`;
  }

  /** The exit code. */
  async run(verb: Verb): Promise<number> {
    return withFirewall(this.options, this.kept, (firewall) => this.do(verb, firewall));
  }

  private async do(verb: Verb, firewall: Firewall<Family>): Promise<number> {
    const { config } = this.kept;
    const running = this.system.exists(this.mark);
    switch (verb) {
      case 'start':
        return running ? 0 : this.start(firewall);
      case 'stop':
        if (config.saveOnStop) await this.save(firewall);
        return this.stop(firewall);
      case 'condrestart':
      case 'restart':
        if (verb === 'condrestart' && !running) return 0;
        if (config.saveOnRestart) await this.save(firewall);
        return this.restart(firewall);
      case 'reload':
        return running ? this.reload(firewall) : 1;
      case 'status':
        return this.status(firewall, running);
      case 'panic':
        return this.setPolicy(firewall, 'DROP');
      case 'save':
        return this.save(firewall);
    }
  }

  private async start(firewall: Firewall<Family>): Promise<number> {
    const code = await this.mayLoad();
    return code ?? this.apply(firewall, await this.tried(firewall));
  }

  /** The rules may name sets: those that are missing are loaded first, and none that is there is touched. */
  private async tried(firewall: Firewall<Family>): Promise<RulesFile> {
    const sets = await loadSets(this.system, { ...this.options, firewalls: [firewall] }, { missing: true });
    if (sets?.error) this.speech.complain(sets.error);
    return RulesFile.tried(firewall, this.kept.path);
  }

  private async reload(firewall: Firewall<Family>): Promise<number> {
    const code = await this.mayLoad();
    if (code !== undefined) return code;
    const file = await this.tried(firewall);
    if (!(await this.step('Trying to reload firewall rules: ', () => file.load(this.kept.counters)))) {
      this.speech.line(UNCHANGED);
      return 1;
    }
    return this.loadMore();
  }

  /** Stops only where it can start again: otherwise everything stays as it is, and nothing is open that was closed. */
  private async restart(firewall: Firewall<Family>): Promise<number> {
    const code = await this.mayLoad();
    if (code !== undefined) return code;
    const file = await this.tried(firewall);
    const fallback = file.failure && (await this.fallback(firewall));
    if (file.failure && (!fallback || fallback.failure)) {
      await this.step('Applying firewall rules: ', () => file.load(false));
      this.speech.line(UNCHANGED);
      return 1;
    }
    await this.stop(firewall);
    return this.apply(firewall, file, fallback);
  }

  private async apply(firewall: Firewall<Family>, file: RulesFile, fallback?: RulesFile): Promise<number> {
    const { counters } = this.kept;
    if (!(await this.step('Applying firewall rules: ', () => file.load(counters)))) {
      const instead = fallback ?? (await this.fallback(firewall));
      if (!instead || !(await this.step('Applying firewall fallback rules: ', () => instead.load(counters)))) return 1;
    }
    const after = await this.loadMore();
    await replaceFile(this.system, this.system.path(this.mark), []);
    return after;
  }

  private async fallback(firewall: Firewall<Family>): Promise<RulesFile | undefined> {
    const path = `${this.kept.path}.fallback`;
    return (await isFile(path)) ? RulesFile.tried(firewall, path) : undefined;
  }

  private async mayLoad(): Promise<number | undefined> {
    if (!(await isFile(this.kept.path))) {
      this.speech.begin(`${this.name}: No config file.`);
      this.speech.end('WARNING');
      return 6;
    }
    if (this.family === 'ipv6' && (await this.isDisabled())) {
      this.speech.line(`${this.name}: ipv6 is disabled.`);
      return 150;
    }
    return undefined;
  }

  private async isDisabled(): Promise<boolean> {
    const folder = this.system.path('/etc/modprobe.d');
    const names = await promises.readdir(folder).catch(() => [] as string[]);
    const texts = ['/etc/modprobe.conf', ...names.map((name) => `/etc/modprobe.d/${name}`)].map(
      (path) => this.system.text(path) ?? '',
    );
    return texts.some((text) => /^install\s+ipv6\s+\/bin\/(?:true|false)/m.test(text));
  }

  /** The modules and sysctl settings of iptables-config. */
  private async loadMore(): Promise<number> {
    const { modules, sysctlLoadList } = this.kept.config;
    let failed = 0;
    if (modules.length > 0) {
      this.speech.begin(`${this.name}: Loading additional modules: `);
      for (const module of modules) {
        this.speech.begin(`${module} `);
        if (/^-/.test(module) || (await this.ran('modprobe', [module])) !== 0) failed++;
      }
      this.speech.end(failed === 0 ? 'OK' : 'FAILED');
    }
    if (sysctlLoadList.length > 0) {
      this.speech.begin('Loading sysctl settings: ');
      const lines = (this.system.text('/etc/sysctl.conf') ?? '').split('\n');
      let wrong = 0;
      for (const item of sysctlLoadList) {
        const wanted = lines.filter((line) => line.includes(item));
        if (wanted.length === 0 || (await this.ran('sysctl', ['-p', '-'], `${wanted.join('\n')}\n`)) !== 0) wrong++;
      }
      this.speech.end(wrong === 0 ? 'OK' : 'FAILED');
      failed += wrong;
    }
    return failed;
  }

  private async ran(program: string, args: readonly string[], input?: string): Promise<number> {
    try {
      return (await this.system.run(program, args, input)).status;
    } catch {
      return 1;
    }
  }

  private async stop(firewall: Firewall<Family>): Promise<number> {
    const tables = tablesOf(firewall, this.options);
    // No table, no rules: as good as stopped.
    if (tables.length > 0) {
      await this.setPolicy(firewall, 'ACCEPT');
      const done = await this.step('Flushing firewall rules: ', async () => {
        for (const name of tables)
          await firewall.table(name).transaction(async (tx) => {
            await tx.flush();
            await tx.deleteChains();
            await tx.zero();
          });
      });
      if (!done) return 1;
    }
    await removeFile(this.system.path(this.mark));
    return 0;
  }

  private async setPolicy(firewall: Firewall<Family>, policy: Policy): Promise<number> {
    const tables = tablesOf(firewall, this.options);
    if (tables.length === 0) return 0;
    this.speech.begin(`${this.name}: Setting chains to policy ${policy}: `);
    let failed: IptcError | undefined;
    for (const name of tables) {
      this.speech.begin(`${name} `);
      try {
        await firewall.table(name).transaction(async (tx) => {
          const { chains } = await tx.state();
          for (const { name: chain, builtin } of chains)
            if (builtin) await tx.chain(chain as 'OUTPUT').setPolicy(policy);
        });
      } catch (error) {
        if (!(error instanceof IptcError)) throw error;
        failed = error;
      }
    }
    this.speech.end(failed ? 'FAILED' : 'OK');
    if (failed) this.speech.complain(failed);
    return failed ? 1 : 0;
  }

  private async save(firewall: Firewall<Family>): Promise<number> {
    if (tablesOf(firewall, this.options).length === 0) {
      this.speech.begin(`${this.name}: Nothing to save.`);
      this.speech.end('WARNING');
      return 6;
    }
    const { files, layout, root, tables } = this.options;
    const where = {
      ...(files && { files }),
      ...(layout && { layout }),
      ...(root !== undefined && { root }),
      ...(tables && { tables }),
    };
    const done = await this.step(`Saving firewall rules to ${this.kept.path}: `, () =>
      saveFiles({ ...where, firewalls: [firewall] }),
    );
    return done ? 0 : 1;
  }

  private async status(firewall: Firewall<Family>, running: boolean): Promise<number> {
    const tables = tablesOf(firewall, this.options);
    if (tables.length === 0) {
      this.speech.line(`${this.name}: ${running ? 'Firewall is not configured. ' : 'Firewall is not running.'}`);
      return 3;
    }
    const { statusNumeric: numeric, statusVerbose: verbose, statusLineNumbers: lineNumbers } = this.kept.config;
    for (const name of tables) {
      this.speech.line(`Table: ${name}`);
      this.speech.line((await firewall.table(name).state()).listing({ numeric, verbose, lineNumbers }));
    }
    return 0;
  }

  /** `NAME: what [  OK  ]`; false if it failed, which is said. */
  private async step(what: string, work: () => Promise<unknown>): Promise<boolean> {
    this.speech.begin(`${this.name}: ${what}`);
    try {
      await work();
      this.speech.end('OK');
      return true;
    } catch (error) {
      if (!(error instanceof IptcError)) throw error;
      this.speech.end('FAILED');
      this.speech.complain(error);
      return false;
    }
  }
}

const UNCHANGED = 'Firewall rules are not changed.';

async function isFile(path: string): Promise<boolean> {
  return promises.stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
