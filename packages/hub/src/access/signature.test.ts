import { expect, test } from 'vitest';
import { emptySha256, isSignature, sha256Hex, signatureOf, signedHeaders } from './signature.ts';

const secret = 'contract-secret-0123456789abcdef0123456789';

/** Vectors of the protocol that EMX2 publishes; agents of both kinds sign alike. */
test.each([
  [
    'POST',
    '/api/hpc/jobs',
    sha256Hex('{"processor":"embed","profile":"gpu-medium"}'),
    1735689600,
    '0123456789abcdef0123456789abcdef',
    'f5e577a37a695d5ac15bc4757bdc10dec7e52b3942e5be24e580ba95d7ad8842',
  ],
  [
    'PUT',
    '/api/hpc/artifacts/550e8400-e29b-41d4-a716-446655440000/files/results/output.bin',
    'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
    1735689605,
    'fedcba9876543210fedcba9876543210',
    '934dac787d56427cf7f6624a52248e90b7c96b81840790c4bcb0402377a7cdde',
  ],
  [
    'GET',
    '/api/hpc/jobs?status=PENDING&limit=10',
    emptySha256,
    1735689610,
    '00112233445566778899aabbccddeeff',
    '85462cb5b2c90e7a741aa8afff3d6cdd5ec482c75d4e841c333a2e442873ad23',
  ],
])('signs %s %s as published', (method, path, bodySha256, timestampSeconds, nonce, signature) => {
  const request = { method, path, bodySha256, timestampSeconds, nonce };
  expect(signatureOf(secret, request)).toBe(signature);
  expect(isSignature(signature, secret, request)).toBe(true);
  expect(isSignature(signature, secret, { ...request, path: `${path}x` })).toBe(false);
  expect(isSignature(signature.slice(1), secret, request)).toBe(false);
});

test('each request carries a nonce of its own', () => {
  const request = { method: 'GET', path: '/', bodySha256: emptySha256 };
  expect(signedHeaders('a', secret, request, 0)['juqueue-nonce']).not.toBe(signedHeaders('a', secret, request, 0)['juqueue-nonce']);
});
