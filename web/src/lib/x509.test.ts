import { describe, expect, it } from 'vitest';
import { elements, oid, pemBlocks, toPem } from './der';
import { certificatesIn, hasPrivateKey, requestIn, shortName } from './x509';

const request = `-----BEGIN CERTIFICATE REQUEST-----
MIICsjCCAZoCAQAwKTEYMBYGA1UEAwwPd2ViLmV4YW1wbGUub3JnMQ0wCwYDVQQK
DARBY21lMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA5dwDPniYW3GO
+WcUSspfTWrjkg2uo423Y3HNj1SsEwUtq+dMg3MuuTV1ogwHntMcCTMocQFMYBgM
rC3UfKBaGeF+hi8LmaDG7mtDmF6BBsi9YP5mNdAiPpdwyCKZq8ORCizlsvRST/tl
cAl8dgbI3qlYX0rFy2InRurf+/vNaCAroW4SOOJcQ6K8hWBTtoUmSEGbRS3Dm0Um
Gd5de7eWxCTZl8stJDPFFnlLI29soYFBdj3if6Gf/8elWLnwJrb7FHvSZgvdErFW
cWUwkodrUj7WMuHjdEm/XOb/Joo4cP61TwJJynS8eGKXhxRCOmtUqfompRhVLwe8
B5N+j3CpJwIDAQABoEQwQgYJKoZIhvcNAQkOMTUwMzAxBgNVHREEKjAogg93ZWIu
ZXhhbXBsZS5vcmeCD3d3dy5leGFtcGxlLm9yZ4cECgAAATANBgkqhkiG9w0BAQsF
AAOCAQEAM9T97KIIw/HjwVBIZbkLR3R2GRwW9eP/qcfDa5A7bAVhlicIZwqdgUNW
/tRa68YHUkampf+53fwG6HtfAnorzPSo9ZlByQpO8vKrkuMhzdsJKqNNUFDvVNjc
Jk2uohjf7y6LU/7qTm1/sjIcnFRDcxbQnSSTcLgtCnmmMT/otVoulAcOd9oDwJgj
LSTz4LFF6sYAQQHxyJh0VfKvAT8qzopLF69993ZzNYcKysWZqEonWZLOLBS2r8/1
CYgk71mOLnLxp692pjH+KJQHbNIPIKVuMdhQ+MU3ifJu7g08TyMoTjB9jQoXkdoM
dt4n93Zi1QynHeEmWLw0WDFpYADMdw==
-----END CERTIFICATE REQUEST-----`;

// An authority with a constraint, and the root that signed it.
const chain = `-----BEGIN CERTIFICATE-----
MIIBzjCCAXSgAwIBAgIUXFUTA6XwLdMWYfn8WVgBr9CdbEwwCgYIKoZIzj0EAwIw
IzESMBAGA1UEAwwJQWNtZSBSb290MQ0wCwYDVQQKDARBY21lMB4XDTI2MTEyOTE0
NDcwMVoXDTMxMTEwMzE0NTIwMVowIjERMA8GA1UEAwwIQWNtZSBXZWIxDTALBgNV
BAoMBEFjbWUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQqhGXjK3mJlOUWatTv
QHAu4L19e4V2+V543D9X30bZ+STcIyD+YJ9ws4BBM4B+5ALL+BtScFuiUQV0I+Ke
so2Oo4GGMIGDMBIGA1UdEwEB/wQIMAYBAf8CAQAwDgYDVR0PAQH/BAQDAgEGMB0G
A1UdDgQWBBTOJThl7Tpw/I7/8dlgXZ8GRWb6GzAfBgNVHSMEGDAWgBRE0gYRJoup
XXycpitPF14ze1TgLzAdBgNVHR4BAf8EEzARoA8wDYILZXhhbXBsZS5vcmcwCgYI
KoZIzj0EAwIDSAAwRQIhALJhh5W/N0lG8FrwZcTxfI3skDQSSWLLp+cwiGMMm4xs
AiB3cBPjGFCpe7R607e/dXoJUb4kQWCcdoR5xv8/ZmQW5w==
-----END CERTIFICATE-----

-----BEGIN CERTIFICATE-----
MIIBrjCCAVSgAwIBAgIUf94IrbpCEolhT6GYKcCGpSX3XB8wCgYIKoZIzj0EAwIw
IzESMBAGA1UEAwwJQWNtZSBSb290MQ0wCwYDVQQKDARBY21lMB4XDTI2MTEyOTE0
NDcwMFoXDTM2MTEyNjE0NTIwMFowIzESMBAGA1UEAwwJQWNtZSBSb290MQ0wCwYD
VQQKDARBY21lMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEihiHurHkgd6O68+1
ALO4pEwTcJDfLU49zKWy0K0iHxWGnoiB29tAaOdD72F3v94srF2bPZX2sQJn7egA
OdyB96NmMGQwEgYDVR0TAQH/BAgwBgEB/wIBATAOBgNVHQ8BAf8EBAMCAQYwHQYD
VR0OBBYEFETSBhEmi6ldfJymK08XXjN7VOAvMB8GA1UdIwQYMBaAFETSBhEmi6ld
fJymK08XXjN7VOAvMAoGCCqGSM49BAMCA0gAMEUCIFHbbV77acPgQIP08LtdtSmZ
XkMAJ06+yvlYU0DETeqoAiEAi031uIXG+gVviq8zaDQ1mu40vzICKctM5mUhIn3d
Iq8=
-----END CERTIFICATE-----`;

const other = `-----BEGIN CERTIFICATE-----
MIID6DCCAtCgAwIBAgIUelJjoBiw9tL+cvN8er+4nBMtjp0wDQYJKoZIhvcNAQEL
BQAwJzEYMBYGA1UEAwwPb2xkLmV4YW1wbGUub3JnMQswCQYDVQQGEwJDSDAeFw0y
NjExMjkxNTE2NDBaFw0yNzAzMDkxNTE2NDBaMCcxGDAWBgNVBAMMD29sZC5leGFt
cGxlLm9yZzELMAkGA1UEBhMCQ0gwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEK
AoIBAQDHp2SlxTQukkKSwWP7wTRSQ3HMzxH+JPJntxRfepYJ3TgeJae7KitkVqbU
cc6NXv0KYWei6Qto3yVhPmkrd892kyUQhINM8GIAYw/DChvP9ayTbk8a6IRLvY7M
/FRicTxxDdGp+vE/gWAL3uUoLs/C+Ij9O8k1gi5wnBvUnIjlrE/dPmYNsxiUpNgS
zKx1SrbUShz0h+3OMZvZ/wfzk2fr1RKUvOVR6qN0HRNgjZZHz6A/hENm8eUvlygd
31uf+7UiVRVHpZVT+Wrw23rZhXHHEQkLe9tWte+HyxXRfN83mIIBBr32Dnly57Jq
4ka4EVOa7o7EiskcUvUDnKEmr6abAgMBAAGjggEKMIIBBjAdBgNVHQ4EFgQU3ISO
ReBEtBjaKecGxPsK3gizlVgwHwYDVR0jBBgwFoAU3ISOReBEtBjaKecGxPsK3giz
lVgwDwYDVR0TAQH/BAUwAwEB/zA1BgNVHR8ELjAsMCqgKKAmhiRodHRwOi8vcGtp
LmV4YW1wbGUub3JnL3BraS9jcmwvMi5jcmwwPQYIKwYBBQUHAQEEMTAvMC0GCCsG
AQUFBzABhiFodHRwOi8vcGtpLmV4YW1wbGUub3JnL3BraS9vY3NwLzIwPQYDVR0R
BDYwNIIPb2xkLmV4YW1wbGUub3JnhxAgAQ24AAAAAAAAAAAAAAABgQ9vcHNAZXhh
bXBsZS5vcmcwDQYJKoZIhvcNAQELBQADggEBAHz+0b+HIWkbKGyDDSiNJ2o9gVtq
/BLr1Q70EFGEPyKaEagIanKYB8e8sb8HTdFtxvJ6jMmA90vu/PFzHzyv/8GNFNLU
beu0gNJu8XA/WI9dTjVqEbi5xW37gNQDC57lKtfq0yQQW+FrfIll2s+WpGlujioF
Lkcn+CQmkTNP3Ixf7dBlV2X0inObfohjLbj1OdO2pxkOsMk624c/V9p3SHLvK+1c
voapjMSYsFjTaElo1nIE+3g5BPsLhmwhjsjeRFEYVUanHhnkfyVOXMJ8/78ADpo5
E74r0toRdKUZhekchZkE39JPb1l9rvLv4gXU5qBu3A1IQu8c2s96/OcyKXY=
-----END CERTIFICATE-----`;

describe('a request', () => {
  it('says what is asked for', () => {
    expect(requestIn(request)).toEqual({
      subject: [
        { key: 'CN', value: 'web.example.org' },
        { key: 'O', value: 'Acme' },
      ],
      names: ['dns:web.example.org', 'dns:www.example.org', 'ip:10.0.0.1'],
      keyType: 'rsa-2048',
    });
  });
  it.each(['', 'nonsense', chain, request.replace('MIIC', 'AAAA'), '-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----'])('is not there: %#', (text) => {
    expect(requestIn(text)).toBeUndefined();
  });
});

describe('certificates', () => {
  it('come in their order', () => {
    const [web, root] = certificatesIn(chain);
    expect(web).toMatchObject({ isAuthority: true, pathLength: 0, keyType: 'ec-p256', names: [] });
    expect(root).toMatchObject({ isAuthority: true, pathLength: 1 });
    expect([shortName(web!.subject), shortName(web!.issuer), shortName(root!.issuer)]).toEqual(['Acme Web', 'Acme Root', 'Acme Root']);
    expect(web!.notAfter).toBeGreaterThan(web!.notBefore);
  });
  it('name lists and who answers', () => {
    expect(certificatesIn(other)[0]).toMatchObject({
      crl: ['http://pki.example.org/pki/crl/2.crl'],
      ocsp: ['http://pki.example.org/pki/ocsp/2'],
      names: ['dns:old.example.org', 'ip:2001:db8:0:0:0:0:0:1', 'email:ops@example.org'],
      keyType: 'rsa-2048',
    });
  });
  it('are passed over when they are none', () => expect(certificatesIn(`${other}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`)).toHaveLength(1));
});

describe('PEM and DER', () => {
  it('goes there and back', () => expect(pemBlocks(toPem('CERTIFICATE', pemBlocks(other)[0]!.bytes))[0]!.bytes).toEqual(pemBlocks(other)[0]!.bytes));
  it('sees a private key', () => {
    expect(hasPrivateKey(`-----BEGIN ${'EC PRIVATE'} KEY-----`)).toBe(true);
    expect(hasPrivateKey(request)).toBe(false);
  });
  it('reads object identifiers', () => expect(oid(Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01))).toBe('1.2.840.113549.1.1.1'));
  it.each([[[0x30, 5, 1]], [[0x30, 0x80, 0, 0]], [[0x30]], [[0x30, 0x85, 1, 1, 1, 1, 1]]])('refuses %j', (bytes) => expect(() => elements(Uint8Array.from(bytes))).toThrow());
});
