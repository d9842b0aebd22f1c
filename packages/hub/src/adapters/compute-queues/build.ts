import { JuqueueError } from '@juqueue/core';
import { buildText, readBuild } from '../../model/build-reference.ts';
import { textOf } from '../requests.ts';

/**
 * The image that a definition has built, as the hub names it. Contexts are addresses as people copy them: `https://host/repo.git#ref:folder`,
 * or the page of a folder, `https://host/owner/repo/tree/ref/folder`. Throws `JQ_BAD_REQUEST`.
 */
export function builtImage(build: Readonly<Record<string, unknown>>): string {
  const { context, buildContext, filename, target, dockerfile, buildArgs = [] } = build;
  const address = textOf(context);
  if (textOf(dockerfile) !== null)
    throw new JuqueueError(
      'JQ_BAD_REQUEST',
      'definition.build.dockerfile: images are built from files of a repository only.',
      'Put the Dockerfile into the repository and name it as build.filename.',
    );
  if (address === null)
    throw new JuqueueError('JQ_BAD_REQUEST', 'definition.build.context is missing, expected the address of a repository.');
  if (/\.(zip|tgz|tar(\.\w+)?)([?#]|$)/.test(address))
    throw new JuqueueError('JQ_BAD_REQUEST', `definition.build.context is the archive ${address}, expected the address of a repository.`);
  if (!Array.isArray(buildArgs)) throw new JuqueueError('JQ_BAD_REQUEST', 'definition.build.buildArgs is no list.');
  const [, repository, ref = '', below = ''] = /^(https?:\/\/[^?#]+?)\/(?:-\/)?tree\/([^/?#]+)\/?([^?#]*)$/.exec(address) ?? [];
  const reference = readBuild(`git+${repository ?? address}`);
  const image = buildText({
    ...reference,
    ref: ref === '' ? reference.ref : ref,
    folder: [reference.folder || below, textOf(buildContext)?.replace(/^\.?\/+|\/+$/g, '') ?? ''].filter((part) => part !== '').join('/'),
    file: textOf(filename)?.replace(/^\.?\/+/, '') ?? reference.file,
    target: textOf(target),
    args: buildArgs.map(String),
  });
  // What was put together is looked at as a whole.
  readBuild(image);
  return image;
}

/** Whether what a definition calls its image is a repository. */
export function isRepository(image: string): boolean {
  return /^https?:\/\//.test(image);
}
