import { JuqueueError } from '@juqueue/core';
import { checkedFilePath } from './file-path.ts';
import type { Residence } from './model.ts';

const urlSchemes = ['http:', 'https:', 's3:'];

/** The residence, when it is one that an agent could resolve. Throws `JQ_BAD_PATH`. Whether it may is for the agent's owner to say. */
export function checkedResidence(residence: Residence): Residence {
  switch (residence.kind) {
    case 'hub':
      return residence;
    case 'path': {
      if (!residence.path.startsWith('/'))
        throw new JuqueueError('JQ_BAD_PATH', `The path ${JSON.stringify(residence.path)} is relative, expected an absolute one.`);
      checkedFilePath(residence.path.slice(1).replace(/\/$/, ''));
      return residence;
    }
    case 'url': {
      const url = URL.parse(residence.url);
      if (url === null || !urlSchemes.includes(url.protocol))
        throw new JuqueueError('JQ_BAD_PATH', `${JSON.stringify(residence.url)} is no address, expected one with ${urlSchemes.join(', ')}`);
      if (url.username !== '' || url.password !== '')
        throw new JuqueueError(
          'JQ_BAD_PATH',
          `The address of ${url.host} carries a password, which everybody who reads the artifact would see.`,
        );
      return residence;
    }
  }
}
