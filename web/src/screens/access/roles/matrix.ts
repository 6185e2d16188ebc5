// The rows of the matrix: names with stars first, then collections by their group. Parts of another collection have none.
import { groupsOf } from '../../../lib/groups';
import { partOf, type Grant, type Inherited } from '../../../lib/roles';
import { collectionName } from '../../../lib/roles-words';
import { t } from '../../../lib/text.svelte';
import type { Model } from '../../../lib/types';

export interface MatrixRow {
  name: string;
  label: string;
  system: boolean;
  model: Model | undefined;
  /** A grant speaks of it, and there is no such collection. */
  gone: boolean;
}

export interface MatrixGroup {
  key: string;
  name: string;
  rows: MatrixRow[];
}

export function matrixOf(models: readonly Model[], own: readonly Grant[], inherited: readonly Inherited[]): MatrixGroup[] {
  const named = new Set([...own, ...inherited.map((one) => one.grant)].map((grant) => grant.collection));
  const known = new Set(models.map((model) => model.name));
  const patterns = ['*', ...[...named].filter((name) => name.includes('*') && name !== '*').sort()];
  const gone = [...named].filter((name) => !name.includes('*') && !known.has(name) && !(name in partOf)).sort();
  const row = (name: string, model?: Model): MatrixRow => ({ name, label: collectionName(name), system: model?.system ?? false, model, gone: gone.includes(name) });
  const groups: MatrixGroup[] = [{ key: 'patterns', name: t('Several collections'), rows: patterns.map((name) => row(name)) }];
  for (const group of groupsOf(models)) {
    const rows = group.models.filter((model) => !(model.name in partOf)).map((model) => row(model.name, model));
    if (rows.length) groups.push({ key: group.key, name: group.name, rows });
  }
  if (gone.length) groups.push({ key: 'gone', name: t('Not there any more, or not for you to see'), rows: gone.map((name) => row(name)) });
  return groups;
}

export function narrowed(groups: readonly MatrixGroup[], text: string, only: ((row: MatrixRow) => boolean) | undefined): MatrixGroup[] {
  const wanted = text.trim().toLowerCase();
  return groups
    .map((group) => ({
      ...group,
      rows: group.rows.filter((row) => (!wanted || row.label.toLowerCase().includes(wanted) || row.name.toLowerCase().includes(wanted)) && (!only || only(row))),
    }))
    .filter((group) => group.rows.length > 0);
}
