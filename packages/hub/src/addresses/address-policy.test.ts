import { expect, test } from 'vitest';
import { addressObjection, isPrivateAddress } from './address-policy.ts';

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'fd00::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'no address',
])('%s is private', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each(['93.184.216.34', '172.32.0.1', '192.169.0.1', '2606:2800:220:1::1'])('%s is public', (address) => {
  expect(isPrivateAddress(address)).toBe(false);
});

test.each([
  ['https://hooks.example.org/x', null],
  ['https://HOOKS.example.org:8443/x', null],
  ['https://a.b.test/x', null],
  ['https://test/x', 'its host test is not one of hooks.example.org, *.b.test'],
  ['https://b.test/x', 'its host b.test is not one of'],
  ['https://evilhooks.example.org/x', 'is not one of'],
  ['https://hooks.example.org.evil.test/x', 'is not one of'],
  ['ftp://hooks.example.org/x', 'begins with ftp:'],
  ['https://user:pass@hooks.example.org/x', 'holds a user or a password'],
  ['hooks.example.org', 'is not an address'],
])('whether %s may be called', (url, objection) => {
  const found = addressObjection(url, { hosts: ['hooks.example.org', '*.b.test'], allowsPrivate: false });
  if (objection === null) expect(found).toBeNull();
  else expect(found).toContain(objection);
});
