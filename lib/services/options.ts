/** What callers may say of services, and of setting a machine up. */

import { type Check, callback, fields, flag, listOf, milliseconds, oneOf, path, string } from '../arguments';

import { Mismatch } from '../errors';
import { persistChecks, systemOptions } from '../persist/options';
import type { BootUnitOptions } from './boot';
import type { DoctorOptions } from './doctor';
import type { SetupOptions } from './setup';

export { systemOptions };

const { firewalls: _, tables: __, ...machine } = persistChecks;

const text = string();
/** A program's absolute path and its arguments: each becomes a word of a unit's line. */
const command: Check<readonly string[]> = (value) => {
  const words = listOf((each): string => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (typeof each !== 'string' || /[\u0000-\u001f\u007f]/.test(each))
      throw new Mismatch('a word without control characters', each);
    return each;
  }, 'a list of words')(value);
  if (!words[0]?.startsWith('/')) throw new Mismatch("a program's absolute path and its arguments", value);
  return words;
};

export const bootUnit = fields<BootUnitOptions>({ root: path, command, onFailure: oneOf('open', 'closed') });
export const examining = fields<DoctorOptions>({ ...machine, tables: persistChecks.tables });
export const settingUp = fields<SetupOptions>(
  {
    ...machine,
    allow: listOf(text, 'a list of services'),
    dryRun: flag,
    force: flag,
    sshConnection: text,
    bootCommand: command,
    say: callback,
    confirm: callback,
    confirmWithin: milliseconds,
    guard: callback,
  },
  'allow',
  'confirm',
);
