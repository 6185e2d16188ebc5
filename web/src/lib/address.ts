// Addresses of the network, as people write them.
const isV4 = (text: string): boolean => {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
};

function isV6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half ? half.split(':') : []));
  const last = groups.at(-1) ?? '';
  // The last 32 bits may be written as those of version 4.
  const length = groups.length + (last.includes('.') ? 1 : 0);
  if (!groups.every((group, i) => /^[0-9a-f]{1,4}$/i.test(group) || (i === groups.length - 1 && isV4(group)))) return false;
  return halves.length === 2 ? length < 8 : length === 8;
}

export const isAddress = (text: string): boolean => isV4(text) || isV6(text);

/** An address, or a network: 10.0.0.0/8. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  if (more.length || !isAddress(address)) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isV4(address) ? 32 : 128));
}
