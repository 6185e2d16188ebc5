// Every screen beside collections and their entries, one row each: the bar, the palette, the keys "g" + letter and the shell
// read it. A screen gets the parts of the path behind its own: /keys/new -> Keys with rest ['new'].
import type { Component } from 'svelte';
import { m } from './text.svelte';
import type { Model } from './types';
import { Activity, Boxes, Braces, Cog, Image, Key, Layers, Package, ScrollText, Shield, Stamp, Terminal, User, Users, Webhook } from '../ui/icons';

export type PlaceGroup = 'content' | 'platform' | 'access' | 'developer' | 'own';

export interface Place {
  path: string;
  label: string;
  group: PlaceGroup;
  icon: typeof Image;
  /** Shown to who may read at least one of these collections; without it: to everybody who is inside. */
  needs?: string[];
  /** The collections whose generic list this screen stands for: they are not listed a second time. */
  stands?: string[];
  letter?: string;
  load: () => Promise<{ default: Component<{ rest: string[] }> }>;
}

export const groupNames: Record<PlaceGroup, string> = {
  content: m('Content'),
  platform: m('Platform'),
  access: m('Access'),
  developer: m('Developer'),
  own: m('Your account'),
};

export const places: Place[] = [
  { path: '/assets', label: m('Assets'), group: 'content', icon: Image, needs: ['assets'], letter: 'a', load: () => import('../screens/assets/Assets.svelte') },
  { path: '/releases', label: m('Releases'), group: 'content', icon: Layers, needs: ['releases'], load: () => import('../screens/content/Releases.svelte') },
  { path: '/models', label: m('Models'), group: 'content', icon: Boxes, needs: ['collections'], letter: 'm', load: () => import('../screens/models/Models.svelte') },
  { path: '/registry', label: m('Registry'), group: 'platform', icon: Package, needs: ['repositories'], letter: 'i', load: () => import('../screens/registry/Registry.svelte') },
  { path: '/certificates', label: m('Certificates'), group: 'platform', icon: Stamp, needs: ['certificates', 'certificate_requests', 'certificate_authorities'], letter: 'c', load: () => import('../screens/certificates/Certificates.svelte') },
  { path: '/users', label: m('Users'), group: 'access', icon: Users, needs: ['roles'], letter: 'u', load: () => import('../screens/access/Users.svelte') },
  { path: '/roles', label: m('Roles'), group: 'access', icon: Shield, needs: ['roles'], letter: 'r', load: () => import('../screens/access/Roles.svelte') },
  { path: '/keys', label: m('Keys'), group: 'access', icon: Key, needs: ['api_keys', 'service_accounts', 'tokens'], letter: 'k', load: () => import('../screens/access/Keys.svelte') },
  { path: '/playground', label: m('Playground'), group: 'developer', icon: Terminal, letter: 'p', load: () => import('../screens/playground/Playground.svelte') },
  { path: '/webhooks', label: m('Webhooks'), group: 'developer', icon: Webhook, needs: ['webhooks'], letter: 'w', load: () => import('../screens/operate/Webhooks.svelte') },
  { path: '/audit', label: m('Audit'), group: 'developer', icon: ScrollText, needs: ['journal'], letter: 'l', load: () => import('../screens/operate/Audit.svelte') },
  { path: '/metrics', label: m('Metrics'), group: 'developer', icon: Activity, needs: ['journal'], load: () => import('../screens/operate/Metrics.svelte') },
  { path: '/settings', label: m('Settings'), group: 'developer', icon: Cog, needs: ['settings'], letter: 's', load: () => import('../screens/settings/Settings.svelte') },
  { path: '/all', label: m('All collections'), group: 'developer', icon: Braces, load: () => import('../screens/shell/AllCollections.svelte') },
  { path: '/profile', label: m('Profile'), group: 'own', icon: User, load: () => import('../screens/profile/Profile.svelte') },
];

export function visiblePlaces(models: readonly Model[]): Place[] {
  const readable = new Set(models.map((model) => model.name));
  return places.filter((place) => !place.needs || place.needs.some((name) => readable.has(name)));
}

/** The place a path belongs to, and what of the path is its own. */
export function placeOf(path: string): { place: Place; rest: string[] } | undefined {
  const place = places.find((one) => path === one.path || path.startsWith(`${one.path}/`));
  return place && { place, rest: path.slice(place.path.length).split('/').filter(Boolean).map(decode) };
}

export function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
