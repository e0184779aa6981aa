/** Each rule another match or target than the one before it, and another value of it: next to nothing is there twice. */

/** Their words, drawn by `draw`, a random number below another. */
export const words = (draw: (below: number) => number): readonly (() => string)[] => {
  const up = (below: number) => 1 + draw(below);
  const hex = (bits: number) => `0x${up(2 ** bits - 1).toString(16)}`;
  const two = (n: number, base = 10) => n.toString(base).padStart(2, '0');
  const address = () => `${up(222)}.${draw(256)}.${draw(256)}.${up(254)}`;
  // Of these names the kernel makes a table or a file each.
  const name = (kind: string) => `${kind}${draw(50)}`;
  return [
    () => `-p tcp -m tcp --sport ${draw(65536)} --dport ${up(30000)}:${30001 + draw(35000)}`,
    () => `-p udp -m multiport --dports ${up(65535)},${up(65535)},${up(30000)}:${30001 + draw(35000)}`,
    () => `-p icmp -m icmp --icmp-type ${up(250)}/${draw(256)}`,
    () => `-p tcp -m tcpmss --mss ${up(500)}:${600 + draw(900)}`,
    () => `-m conntrack --ctstate NEW -m comment --comment "rule ${draw(1 << 20)}"`,
    () => `-m conntrack --ctorigdst ${address()} --ctorigdstport ${up(65535)}`,
    () => `-m limit --limit ${up(59)}/min --limit-burst ${6 + draw(90)}`,
    () =>
      `-m recent --update --seconds ${up(3600)} --hitcount ${up(20)} --name ${name('r')} --mask 255.255.255.255 --rsource`,
    () => `-m connlimit --connlimit-above ${up(60000)} --connlimit-mask 32 --connlimit-saddr`,
    () =>
      `-m hashlimit --hashlimit-upto ${up(59)}/min --hashlimit-burst ${6 + draw(20)} --hashlimit-mode srcip --hashlimit-name ${name('h')}`,
    () => `-m string --string "bad ${draw(1 << 20)}" --algo bm --to ${up(65534)}`,
    () => `-m mark ! --mark ${hex(31)}/${hex(31)}`,
    () => `-m connmark --mark ${hex(31)}/${hex(31)}`,
    () => `-m length --length ${up(500)}:${600 + draw(900)}`,
    () =>
      `-m iprange --src-range 10.${draw(100)}.0.1-10.${100 + draw(100)}.0.9 --dst-range 10.${draw(100)}.0.1-10.${100 + draw(100)}.0.9`,
    () => `-m quota --quota ${up(2 ** 31)}`,
    () =>
      `-m connbytes --connbytes ${up(2 ** 16)}:${2 ** 16 + up(2 ** 30)} --connbytes-mode bytes --connbytes-dir both`,
    () => `-m statistic --mode random --probability 0.${10 + draw(80)}000000000`,
    () => `-m statistic --mode nth --every ${101 + draw(100_000)} --packet ${draw(100)}`,
    () =>
      `-m time --timestart ${two(draw(10))}:${two(draw(60))}:00 --timestop ${10 + draw(13)}:${two(draw(60))}:00 --datestop 2038-01-19T03:14:07`,
    () => `-m ttl --ttl-gt ${draw(255)}`,
    () => `-m dscp --dscp 0x${two(draw(64), 16)}`,
    () => `-m physdev --physdev-in tap${draw(1 << 20)}`,
    () => `-m u32 --u32 "0x${draw(64).toString(16)}&${hex(16)}=${hex(16)}"`,
    () => `-j MARK --set-xmark ${hex(31)}/${hex(31)}`,
    () => `-j CONNMARK --set-xmark ${hex(31)}/${hex(31)}`,
    () =>
      `-j CLASSIFY --set-class ${draw(65536).toString(16).padStart(4, '0')}:${draw(65536).toString(16).padStart(4, '0')}`,
    () => `-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss ${500 + draw(60_000)}`,
    () => `-j TTL --ttl-set ${up(255)}`,
    () => `-j LOG --log-prefix "drop ${draw(1 << 20)}: " --log-level ${draw(4)}`,
    () => `-j NFLOG --nflog-prefix "n ${draw(1 << 20)}" --nflog-group ${up(65535)}`,
    () => `-j NFQUEUE --queue-num ${draw(65536)}`,
  ];
};
