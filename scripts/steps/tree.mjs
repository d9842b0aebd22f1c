import { fileURLToPath } from 'node:url';
import { isNewEnough, neededMajor, packagedNode } from '../../packages/cli/bin/launch.js';

/** The folder that holds package.json, with a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The Node that the program and its tests run on: the one npm installed, or this one when it is new enough. Throws when neither is. */
export function node24() {
  const packaged = packagedNode();
  if (packaged !== undefined) return packaged;
  if (isNewEnough()) return process.execPath;
  throw new Error(
    `Node ${neededMajor} is needed, this is ${process.version}, and npm installed none for ${process.platform}-${process.arch}.`,
  );
}
