/** As ctime(3), and iptables-save, date: `Wed Jun 30 21:49:08 1993`. */
export function ctime(date = new Date()): string {
  const [day, month, number, year] = date.toDateString().split(' ');
  return `${day} ${month} ${number!.replace(/^0/, ' ')} ${date.toTimeString().slice(0, 8)} ${year}`;
}
