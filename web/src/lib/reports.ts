// What is attached to images, in a few lines: lists of parts, attestations, signatures. Anything else is shown as JSON.
import { m } from './text.svelte';
import { isObject, type Json, type JsonObject } from './types';

export interface Report {
  /** For t(). */
  title: string;
  facts: { label: string; value: string }[];
  /** For t(). */
  columns: string[];
  rows: string[][];
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const objects = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const facts = (...pairs: [string, string][]): Report['facts'] => pairs.filter(([, value]) => value).map(([label, value]) => ({ label, value }));

function licencesOf(component: JsonObject): string {
  return objects(component.licenses)
    .map((one) => text(one.expression) || text(object(one.license).id) || text(object(one.license).name))
    .filter(Boolean)
    .join(', ');
}

const spdx = (one: JsonObject): Report => ({
  title: m('List of parts, SPDX'),
  facts: facts([m('Version'), text(one.spdxVersion)], [m('Name'), text(one.name)], [m('Created'), text(object(one.creationInfo).created)]),
  columns: [m('Part'), m('Version'), m('Licence')],
  rows: objects(one.packages).map((part) => [text(part.name), text(part.versionInfo), text(part.licenseConcluded) || text(part.licenseDeclared)]),
});

const cyclonedx = (one: JsonObject): Report => ({
  title: m('List of parts, CycloneDX'),
  facts: facts([m('Version'), text(one.specVersion)], [m('Name'), text(object(object(one.metadata).component).name)], [m('Created'), text(object(one.metadata).timestamp)]),
  columns: [m('Part'), m('Version'), m('Licence')],
  rows: objects(one.components).map((part) => [text(part.name), text(part.version), licencesOf(part)]),
});

const statement = (one: JsonObject): Report => {
  const predicate = object(one.predicate);
  const run = object(predicate.runDetails);
  return {
    title: m('Attestation, in-toto'),
    facts: facts(
      [m('Says'), text(one.predicateType)],
      [m('Builder'), text(object(run.builder).id) || text(object(predicate.builder).id)],
      [m('Kind of build'), text(object(predicate.buildDefinition).buildType) || text(predicate.buildType)],
    ),
    columns: [m('About'), m('Digest')],
    rows: objects(one.subject).map((about) => [
      text(about.name),
      Object.entries(object(about.digest))
        .map(([name, value]) => `${name}:${text(value)}`)
        .join(', '),
    ]),
  };
};

const cosign = (one: JsonObject): Report => {
  const critical = object(one.critical);
  return {
    title: m('What a signature of cosign says'),
    facts: facts(
      [m('Signed'), text(object(critical.image)['docker-manifest-digest'])],
      [m('Called'), text(object(critical.identity)['docker-reference'])],
      [m('Says'), text(critical.type)],
    ),
    columns: [],
    rows: [],
  };
};

const trivy = (one: JsonObject): Report => ({
  title: m('Vulnerability report'),
  facts: facts([m('About'), text(one.ArtifactName)], [m('Created'), text(one.CreatedAt)]),
  columns: [m('Vulnerability'), m('Severity'), m('Part'), m('Fixed in')],
  rows: objects(one.Results).flatMap((result) =>
    objects(result.Vulnerabilities).map((found) => [text(found.VulnerabilityID), text(found.Severity), `${text(found.PkgName)} ${text(found.InstalledVersion)}`.trim(), text(found.FixedVersion)]),
  ),
});

/** The statement in an envelope (DSSE): its payload is base64. */
function unwrapped(one: JsonObject): JsonObject {
  const envelope = isObject(one.dsseEnvelope) ? one.dsseEnvelope : one;
  if (!text(envelope.payloadType).includes('in-toto')) return one;
  try {
    const inner: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text(envelope.payload)), (byte) => byte.charCodeAt(0))));
    return isObject(inner) ? inner : one;
  } catch {
    return one;
  }
}

export function explain(content: Json): Report | undefined {
  if (!isObject(content)) return undefined;
  const one = unwrapped(content);
  if (text(one.spdxVersion)) return spdx(one);
  if (one.bomFormat === 'CycloneDX') return cyclonedx(one);
  if (text(one.predicateType)) return statement(one);
  if (isObject(one.critical)) return cosign(one);
  if (Array.isArray(one.Results)) return trivy(one);
  return undefined;
}
