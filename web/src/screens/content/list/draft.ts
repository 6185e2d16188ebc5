// A filter while it is being built: parts have keys of their own, and conditions may be incomplete.
import { isGroup, writeGroup, type Group, type Part } from '../../../lib/filter';
import type { Json } from '../../../lib/types';

export interface Draft {
  join: Group['join'];
  parts: { key: string; group?: Draft; part?: Part | undefined; fault?: string }[];
}

export function draftOf(group: Group): Draft {
  return { join: group.join, parts: group.parts.map((part, i) => (isGroup(part) ? { key: `o${i}`, group: draftOf(part) } : { key: `o${i}`, part, fault: '' })) };
}

/** Tells each incomplete condition so; undefined when there was one. */
export function complete(draft: Draft, fault: string): Group | undefined {
  let whole = true;
  const parts: Part[] = [];
  for (const one of draft.parts) {
    const part = one.group ? complete(one.group, fault) : one.part;
    if (part) parts.push(part);
    else {
      whole = false;
      if (!one.group) one.fault = fault;
    }
  }
  return whole ? { join: draft.join, parts } : undefined;
}

export const filterOf = (group: Group): Json | undefined => writeGroup(group);
