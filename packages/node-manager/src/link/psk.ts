import type { SecureVersion } from 'node:tls';

/** Mutual authentication and forward secrecy without certificates. TLS 1.3 of Node has no such mode. */
export const linkTls = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2' satisfies SecureVersion,
  maxVersion: 'TLSv1.2' satisfies SecureVersion,
} as const;

/** The key as it stands in its file: 32 bytes in hexadecimal. Throws a sentence that does not show it. */
export function parseLinkKey(content: string): Buffer {
  const hex = content.trim();
  if (!/^[0-9a-f]{64}$/i.test(hex)) throw new Error('the link key is not 32 bytes in hexadecimal');
  return Buffer.from(hex, 'hex');
}
