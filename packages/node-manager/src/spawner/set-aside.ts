import { rename } from 'node:fs/promises';

/** Gives the directory another name, so that an empty one can take its place. Nothing happens where there is none. Rejects with a sentence. */
export async function setAside(directory: string, name: string): Promise<void> {
  try {
    await rename(directory, name);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new Error(`${directory} cannot be set aside as ${name}: ${code ?? message}`);
  }
}
