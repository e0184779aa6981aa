/** What `iptc-ipset help` prints, from the definitions of the types. */
import type { Option } from '../sets/option';
import type { SetType } from '../sets/types';

const COMMANDS = `create SETNAME TYPENAME [options]       make an empty set
add SETNAME ENTRY [options]             add an entry
del SETNAME ENTRY                       delete an entry
test SETNAME ENTRY                      is the entry in the set?
destroy [SETNAME]                       destroy a set, or all of them
list [SETNAME]                          print a set, or all of them
save [SETNAME]                          print them as what restore reads
restore                                 do what lines say
flush [SETNAME]                         delete all entries
rename FROM-SETNAME TO-SETNAME          give a set another name
swap FROM-SETNAME TO-SETNAME            let two sets take each other's place
help [TYPENAME]                         print this, or what a type takes
version                                 print the version
`;
const OPTIONS = `-exist, -!                              what is there already, or isn't, is no error
-output, -o plain|save|xml              how to print
-file, -f FILE                          read from it, or write to it
-sorted, -s                             print the entries of hashes in order
-name, -n                               print names alone
-terse, -t                              print no entries
-quiet, -q                              say nothing of what goes wrong
`;
const indented = (text: string) => text.replace(/^(?=.)/gm, '  ');

const line = ({ name, flag, doc }: Option): string => `  ${`${name}${flag ? '' : ' VALUE'}`.padEnd(24)} ${doc}\n`;
/** How a part of an element is written. */
const SHAPES: Readonly<Record<string, string>> = {
  ip: 'IP',
  ip2: 'IP',
  net: 'IP[/CIDR]',
  net2: 'IP[/CIDR]',
  mac: 'MAC',
  mark: 'MARK',
  iface: '[physdev:]IFACE',
  set: 'NAME',
};
const shape = ({ parts }: SetType): string =>
  parts
    .map(({ keys: [key, protocol] }) => (key === 'port' ? (protocol ? '[PROTO:]PORT' : 'PORT') : SHAPES[key!]!))
    .join(',');

export function ipsetHelp(name: string, version: string, type: SetType | undefined, all: readonly SetType[]): string {
  let text = `${name} v${version}\n\nUsage: ${name} [options] COMMAND\n\nCommands:\n${indented(COMMANDS)}\nOptions:\n${indented(OPTIONS)}`;
  if (!type)
    return `${text}\nTypes of sets:\n${all.map((each) => `  ${each.name.padEnd(24)} ${shape(each)}\n`).join('')}`;
  text += `\ncreate SETNAME ${type.name}\n${type.options.map(line).join('')}`;
  text += `\nadd SETNAME ${shape(type)}\n${type.elementOptions.map(line).join('')}`;
  return text;
}
