// The documented calls of the systems whose clients find their paths here (docs/cockpit.md, dialects.md, zenml.md, notary.md,
// registry.md), ready to be sent.
import type { Call } from './calls';
import { m } from './text.svelte';

export interface Documented {
  method: string;
  path: string;
  headers?: [string, string][];
  body?: string;
  what: string;
}

export interface System {
  key: string;
  name: string;
  what: string;
  calls: Documented[];
}

const json: [string, string][] = [['Content-Type', 'application/json']];
const form: [string, string][] = [['Content-Type', 'application/x-www-form-urlencoded']];
// The session of the dashboard counts for the registry with the header of its own page.
const page: [string, string][] = [['X-ZOT-API-CLIENT', 'zot-ui']];
const said = (value: unknown): string => JSON.stringify(value, null, 2);

export const systems: System[] = [
  {
    key: 'cockpit',
    name: 'Cockpit',
    what: m('Content by model, pages and menus, and a GraphQL of its own, with an api-key, a token or nothing.'),
    calls: [
      { method: 'GET', path: '/api/content/items/{model}?limit=5', what: m('Items of a collection') },
      { method: 'GET', path: '/api/content/item/{model}', what: m('The first item that fits, or a singleton') },
      { method: 'POST', path: '/api/content/item/{model}', headers: json, body: said({ data: {} }), what: m('Create an item, or change the one that data._id names') },
      { method: 'GET', path: '/api/content/items?models={"{model}":{"limit":2}}', what: m('Items of several collections') },
      { method: 'GET', path: '/api/content/aggregate/{model}?pipeline=[{"$match":{"_state":1}},{"$limit":5}]', what: m('An aggregation') },
      { method: 'GET', path: '/api/content/tree/pages', what: m('A tree, nested') },
      { method: 'GET', path: '/api/pages/menus', what: m('Menus with their links') },
      { method: 'GET', path: '/api/pages/pages', what: m('Pages') },
      { method: 'GET', path: '/api/pages/page?route=/', what: m('A page by its route') },
      { method: 'POST', path: '/api/gql', headers: json, body: said({ query: '{ content(model: "{model}", limit: 2) }' }), what: m('GraphQL in its shapes') },
      { method: 'GET', path: '/api/system/healthcheck', what: m('The health check') },
    ],
  },
  {
    key: 'zot',
    name: 'zot / OCI',
    what: m('The registry of containers: OCI distribution, its extensions, and keys of one’s own.'),
    calls: [
      { method: 'GET', path: '/v2/', headers: page, what: m('Is this a registry, and does the credential open it') },
      { method: 'GET', path: '/v2/_catalog', headers: page, what: m('Repositories that may be read') },
      { method: 'GET', path: '/v2/acme/app/tags/list', headers: page, what: m('Tags of a repository') },
      { method: 'GET', path: '/v2/acme/app/manifests/latest', headers: [...page, ['Accept', 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json']], what: m('A manifest by its tag') },
      { method: 'GET', path: '/v2/_oci/ext/discover', headers: page, what: m('Extensions of the registry') },
      { method: 'GET', path: '/v2/_zot/ext/mgmt', headers: page, what: m('How one signs in') },
      { method: 'GET', path: '/v2/_zot/ext/search?query={GlobalSearch(query:""){Repos{Name}}}', headers: page, what: m('Search in repositories and images') },
      { method: 'GET', path: '/v2/token?service=vitrine&scope=repository:acme/app:pull', headers: page, what: m('A token of five minutes for repositories') },
      { method: 'GET', path: '/zot/auth/apikey', headers: page, what: m('Keys of one’s own') },
      { method: 'POST', path: '/zot/auth/apikey', headers: [...page, ...json], body: said({ label: 'push', scopes: ['team/app', 'lib/**:read'] }), what: m('Make a key; it is shown in this answer only') },
      { method: 'DELETE', path: '/zot/auth/apikey?id=', headers: page, what: m('Revoke a key') },
    ],
  },
  {
    key: 'zenml',
    name: 'ZenML',
    what: m('Sign-in of its client, service accounts with their keys, and devices.'),
    calls: [
      { method: 'GET', path: '/api/v1/info', what: m('Which server this is') },
      { method: 'POST', path: '/api/v1/login', headers: form, body: 'password=', what: m('Trade a key for a token') },
      { method: 'GET', path: '/api/v1/current-user', what: m('Who this is') },
      { method: 'GET', path: '/api/v1/api_token?token_type=generic', what: m('A short-lived token for scripts') },
      { method: 'GET', path: '/api/v1/service_accounts', what: m('Service accounts') },
      { method: 'POST', path: '/api/v1/service_accounts', headers: json, body: said({ name: 'trainer', description: '', active: true }), what: m('Make a service account') },
      { method: 'GET', path: '/api/v1/service_accounts/{service_account_id}/api_keys', what: m('Its keys') },
      { method: 'POST', path: '/api/v1/service_accounts/{service_account_id}/api_keys', headers: json, body: said({ name: 'default' }), what: m('Make a key; it is shown in this answer only') },
      { method: 'PUT', path: '/api/v1/service_accounts/{service_account_id}/api_keys/default/rotate', headers: json, body: said({ retain_period_minutes: 30 }), what: m('Give a key its next secret; the old one lives on for a while') },
      { method: 'GET', path: '/api/v1/devices', what: m('Devices of one’s own') },
    ],
  },
  {
    key: 'chutes',
    name: 'Chutes',
    what: m('Keys of one’s own, and the question a proxy in front of a registry asks.'),
    calls: [
      { method: 'GET', path: '/users/me', what: m('Who this is') },
      { method: 'GET', path: '/api_keys/?page=0&limit=25', what: m('Keys of one’s own') },
      { method: 'POST', path: '/api_keys/', headers: json, body: said({ admin: false, name: 'reader', scopes: [{ object_type: 'images', action: 'read' }] }), what: m('Make a key; it is shown in this answer only') },
      { method: 'GET', path: '/api_keys/{api_key_id}', what: m('One key') },
      { method: 'DELETE', path: '/api_keys/{api_key_id}', what: m('Revoke a key') },
      { method: 'GET', path: '/registry/auth', headers: [['X-Original-URI', '/v2/acme/app/manifests/latest']], what: m('May the caller pull what this address names') },
    ],
  },
  {
    key: 'notary',
    name: 'Notary',
    what: m('Certificate requests, authorities and accounts, with its four roles.'),
    calls: [
      { method: 'GET', path: '/status', what: m('Is there an account, and which version is this') },
      { method: 'POST', path: '/login', headers: json, body: said({ email: '', password: '' }), what: m('Sign in for a token') },
      { method: 'GET', path: '/api/v1/accounts/me', what: m('Who this is') },
      { method: 'GET', path: '/api/v1/accounts', what: m('Accounts') },
      { method: 'GET', path: '/api/v1/certificate_requests?status=Outstanding&limit=20', what: m('Requests that wait') },
      { method: 'POST', path: '/api/v1/certificate_requests', headers: json, body: said({ csr: '-----BEGIN CERTIFICATE REQUEST-----\n…\n-----END CERTIFICATE REQUEST-----' }), what: m('Hand in a request') },
      { method: 'POST', path: '/api/v1/certificate_requests/1/sign', headers: json, body: said({ certificate_authority_id: '1' }), what: m('Sign a request') },
      { method: 'POST', path: '/api/v1/certificate_requests/1/reject', headers: json, body: '', what: m('Reject a request') },
      { method: 'GET', path: '/api/v1/certificate_authorities', what: m('Authorities') },
      { method: 'POST', path: '/api/v1/certificate_authorities', headers: json, body: said({ self_signed: true, common_name: 'Example Root' }), what: m('Make an authority') },
      { method: 'GET', path: '/api/v1/certificate_authorities/1/crl', what: m('The list of what an authority revoked') },
      { method: 'GET', path: '/metrics', what: m('Its figures') },
    ],
  },
];

/** What stands in braces in front of the query has to be filled in first. */
export const gapsIn = (path: string): string[] => [...(path.split('?')[0] ?? '').matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

/** A call to begin with; {model} is a collection of this site. */
export function callOf(one: Documented, model: string): Call {
  const filled = (text: string): string => text.replaceAll('{model}', model);
  return { method: one.method, path: filled(one.path), headers: (one.headers ?? []).map(([name, value]) => [name, value]), body: filled(one.body ?? '') };
}
