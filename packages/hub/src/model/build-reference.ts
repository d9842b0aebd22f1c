import { JuqueueError } from '@juqueue/core';

/** An image that is built from a repository: `git+https://host/repo.git?file=F&target=T&arg=K=V#commit:folder`. */
export interface BuildReference {
  /** Of the repository; https, http or file, without a password, a question or a fragment. */
  readonly url: string;
  /** A commit, branch or tag. */
  readonly ref: string;
  /** Below the repository; what is built sees nothing else. Empty: all of it. */
  readonly folder: string;
  /** The Dockerfile, below `folder`. */
  readonly file: string;
  /** The stage that is wanted; null: the last. */
  readonly target: string | null;
  /** `NAME=value`. */
  readonly args: readonly string[];
}

const scheme = 'git+';
const path = /^(?!-)(?:(?!\.{1,2}(?:\/|$))[A-Za-z0-9._ +@-]+(?:\/|$))*$/;

export function isBuild(image: string): boolean {
  return image.startsWith(scheme);
}

/** Throws `JQ_BAD_REQUEST` with the part at fault. */
export function readBuild(image: string): BuildReference {
  const text = image.slice(scheme.length);
  if (!URL.canParse(text)) throw fault(image, 'is no address');
  const url = new URL(text);
  if (!['https:', 'http:', 'file:'].includes(url.protocol))
    throw fault(image, `begins with git+${url.protocol}, expected git+https:, git+http: or git+file:`);
  if (url.username !== '' || url.password !== '') throw fault(image, 'holds a user or a password');
  const [ref = '', folder = '', ...more] = decodeURIComponent(url.hash.slice(1)).split(':');
  if (more.length > 0 || !/^(?!-)[A-Za-z0-9._/-]{0,200}$/.test(ref) || ref.includes('..'))
    throw fault(image, `has '${url.hash}' behind its address, expected #commit or #commit:folder`);
  const strange = [...url.searchParams.keys()].find((key) => !['file', 'target', 'arg'].includes(key));
  if (strange !== undefined) throw fault(image, `has '${strange}' in its question, expected file, target and arg`);
  const file = url.searchParams.get('file') ?? 'Dockerfile';
  for (const each of [folder, file]) if (!path.test(each)) throw fault(image, `names '${each}', expected a path below the repository`);
  const target = url.searchParams.get('target');
  if (target !== null && !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(target))
    throw fault(image, `has the target '${target}', expected the name of a stage`);
  const args = url.searchParams.getAll('arg');
  for (const arg of args)
    if (!/^[A-Za-z_][A-Za-z0-9_]*=[^\0\n]*$/.test(arg)) throw fault(image, `has the argument '${arg}', expected NAME=value`);
  url.hash = '';
  url.search = '';
  return { url: url.href, ref: ref === '' ? 'HEAD' : ref, folder, file, target, args };
}

/** The same as the text that a job carries. */
export function buildText({ url, ref, folder, file, target, args }: BuildReference): string {
  const query = new URLSearchParams();
  if (file !== 'Dockerfile') query.append('file', file);
  if (target !== null) query.append('target', target);
  for (const arg of args) query.append('arg', arg);
  return `${scheme}${url}${query.size === 0 ? '' : `?${query.toString()}`}#${ref}${folder === '' ? '' : `:${encodeURIComponent(folder)}`}`;
}

/** Whether the repository is one of these: each is an address, or one that ends in `/` and stands for what is below it. */
export function isBelow({ url }: BuildReference, allowed: readonly string[]): boolean {
  return allowed.some((prefix) => url === prefix || (prefix.endsWith('/') && url.startsWith(prefix)));
}

function fault(image: string, trouble: string): JuqueueError {
  return new JuqueueError(
    'JQ_BAD_REQUEST',
    `The image '${image.slice(0, 300)}' ${trouble}.`,
    'An image from a repository is git+https://host/repo.git#commit:folder.',
  );
}
