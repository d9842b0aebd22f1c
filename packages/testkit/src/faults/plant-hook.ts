import { registerHooks } from 'node:module';
import { plants } from './plants.ts';

/** Loaded before a simulation (`node --import`): plants the mistake that JUQUEUE_PLANT names into the source that it is about. */
const name = process.env['JUQUEUE_PLANT'] ?? '';
const plant = plants.find((other) => other.name === name);
if (plant === undefined) throw new Error(`there is no plant '${name}'; see plants.ts`);

const { file, find, replace } = plant;
let isPlanted = false;
registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/${file}`)) return loaded;
    const source = String(loaded.source);
    if (source.split(find).length !== 2)
      throw new Error(`'${find}' stands ${source.split(find).length - 1} times in ${file}; adapt the plant '${name}'`);
    isPlanted = true;
    return { ...loaded, source: source.replace(find, () => replace) };
  },
});
process.on('exit', () => {
  if (isPlanted) return;
  console.error(`${file} was not loaded; adapt the plant '${name}'`);
  process.exitCode = 1;
});
