// Rules of what stays: which one counts for a repository, and between an item and its form.
import { m } from './text.svelte';
import type { JsonObject, Kept } from './types';

export interface Conditions {
  pulled_within?: string | null;
  pushed_within?: string | null;
  most_recently_pulled?: number | null;
  most_recently_pushed?: number | null;
}

export interface Entry extends Conditions {
  patterns?: string[] | null;
}

export interface Row {
  repository: string;
  tag: string | null;
  digest: string;
  verdict: 'keep' | 'delete';
  reason: string;
  rule: string;
}

export interface RetentionRule extends Kept {
  label: string | null;
  order: number | null;
  repositories: string[];
  keep: Entry[] | null;
  keep_untagged: Conditions | null;
  delete_untagged: boolean | null;
  delete_referrers: boolean | null;
  delay: string | null;
  dry_run: boolean | null;
  enabled: boolean | null;
  last_run_at: string | null;
}

/** "*" within one part of the path, "**" across parts. */
export function matches(pattern: string, name: string): boolean {
  const source = pattern.split(/(\*\*|\*)/).map((piece) => (piece === '**' ? '.*' : piece === '*' ? '[^/]*' : piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${source.join('')}$`).test(name);
}

/** The first enabled one that names it, by order; the others do not count for it. */
export function ruleFor<Rule extends Pick<RetentionRule, 'repositories' | 'order' | 'enabled'>>(rules: readonly Rule[], name: string): Rule | undefined {
  return [...rules]
    .filter((rule) => rule.enabled !== false)
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .find((rule) => rule.repositories.some((pattern) => matches(pattern, name)));
}

export const validDuration = (text: string): boolean => text === '' || /^\d+(ms|s|m|h|d|w)$/.test(text);

export interface ConditionsForm {
  pulledWithin: string;
  pushedWithin: string;
  mostPulled: string;
  mostPushed: string;
}
export interface EntryForm extends ConditionsForm {
  patterns: string;
}
export interface RuleForm {
  label: string;
  order: string;
  repositories: string;
  entries: EntryForm[];
  untagged: ConditionsForm;
  deleteUntagged: boolean;
  deleteReferrers: boolean;
  delay: string;
  dryRun: boolean;
  enabled: boolean;
}

const conditionsForm = (one: Conditions | null | undefined): ConditionsForm => ({
  pulledWithin: one?.pulled_within ?? '',
  pushedWithin: one?.pushed_within ?? '',
  mostPulled: one?.most_recently_pulled?.toString() ?? '',
  mostPushed: one?.most_recently_pushed?.toString() ?? '',
});

export const newEntry = (): EntryForm => ({ patterns: '', ...conditionsForm(null) });

/** A new rule only looks: nothing goes before somebody has seen what would. */
export function formOf(rule: RetentionRule | undefined): RuleForm {
  return {
    label: rule?.label ?? '',
    order: String(rule?.order ?? 0),
    repositories: (rule?.repositories ?? []).join('\n'),
    entries: (rule?.keep ?? []).map((entry) => ({ patterns: (entry.patterns ?? []).join('\n'), ...conditionsForm(entry) })),
    untagged: conditionsForm(rule?.keep_untagged),
    deleteUntagged: rule?.delete_untagged ?? true,
    deleteReferrers: rule?.delete_referrers ?? false,
    delay: rule?.delay ?? '24h',
    dryRun: rule ? rule.dry_run === true : true,
    enabled: rule ? rule.enabled !== false : true,
  };
}

const split = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean);

function conditionsOf(form: ConditionsForm): JsonObject {
  return {
    ...(form.pulledWithin ? { pulled_within: form.pulledWithin } : {}),
    ...(form.pushedWithin ? { pushed_within: form.pushedWithin } : {}),
    ...(form.mostPulled ? { most_recently_pulled: Number(form.mostPulled) } : {}),
    ...(form.mostPushed ? { most_recently_pushed: Number(form.mostPushed) } : {}),
  };
}

export function itemOf(form: RuleForm): JsonObject {
  const untagged = conditionsOf(form.untagged);
  const entries = form.entries.map((entry) => ({ ...(entry.patterns.trim() ? { patterns: split(entry.patterns) } : {}), ...conditionsOf(entry) }));
  return {
    label: form.label.trim() || null,
    order: Number(form.order) || 0,
    repositories: split(form.repositories),
    keep: entries.length ? entries : null,
    keep_untagged: Object.keys(untagged).length ? untagged : null,
    delete_untagged: form.deleteUntagged,
    delete_referrers: form.deleteReferrers,
    delay: form.delay.trim() || '24h',
    dry_run: form.dryRun,
    enabled: form.enabled,
  };
}

/** What is wrong with a form, by field; texts for t(). */
export function faultsOf(form: RuleForm): { [field: string]: string } {
  const faults: { [field: string]: string } = {};
  const duration = m('A number and a unit: 12h, 30d, 4w');
  if (split(form.repositories).length === 0) faults.repositories = m('Name at least one repository or pattern');
  if (!validDuration(form.delay.trim())) faults.delay = duration;
  [...form.entries, form.untagged].forEach((one, i) => {
    const place = i < form.entries.length ? `entry-${i}` : 'untagged';
    if (!validDuration(one.pulledWithin)) faults[`${place}-pulled`] = duration;
    if (!validDuration(one.pushedWithin)) faults[`${place}-pushed`] = duration;
  });
  form.entries.forEach((entry, i) => {
    for (const pattern of split(entry.patterns))
      try {
        new RegExp(pattern);
      } catch {
        faults[`entry-${i}-patterns`] = m('This is no regular expression');
      }
  });
  return faults;
}
