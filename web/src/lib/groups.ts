import type { Model } from './types';

export interface Group {
  /** Own and system collections may have groups of one name. */
  key: string;
  name: string;
  system: boolean;
  models: Model[];
}

/** Collections by their group: first those without one, then by name; the server's own come last. */
export function groupsOf(models: readonly Model[]): Group[] {
  const groups = new Map<string, Group>();
  for (const model of models) {
    const name = model.group || (model.system ? 'System' : 'Content');
    const key = `${model.system ? 1 : 0}${name}`;
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { key, name: model.system && !model.group ? 'System' : name, system: model.system, models: [] }));
    group.models.push(model);
  }
  const rank = (group: Group): number => (group.system ? 2 : group.name === 'Content' ? 0 : 1);
  return [...groups.values()].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}
